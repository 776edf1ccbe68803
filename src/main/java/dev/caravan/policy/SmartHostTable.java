package dev.caravan.policy;

import dev.caravan.login.SmartHost;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ReversePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The smart hosts of an operator. An entry is a name and words {@code key=value}, on one line or on further ones that begin
 * with white space; {@code #} begins a comment. {@code docs/smarthost.md} says what each word means. Immutable.
 */
public final class SmartHostTable {
    /** No smart hosts. */
    public static final SmartHostTable EMPTY = new SmartHostTable(List.of());

    /** The most entries, because they are looked through for each message. */
    static final int MAX_ENTRIES = 1000;

    private final List<Entry> entries;
    private final Map<String, SmartHost> byName = new LinkedHashMap<>();

    /**
     * An entry.
     *
     * @param to the domains whose mail it takes; empty for any if there are senders, and for none if there are not.
     * @param from the senders whose mail it takes; empty for any.
     */
    record Entry(SmartHost host, List<DomainPattern> to, List<SenderPattern> from) {
        boolean fits(ReversePath sender, Domain domain) {
            return (!to.isEmpty() || !from.isEmpty())
                    && (to.isEmpty() || to.stream().anyMatch(pattern -> pattern.fits(domain)))
                    && (from.isEmpty() || from.stream().anyMatch(pattern -> pattern.fits(sender)));
        }
    }

    /** A domain, {@code *.example.org} for its subdomains, or {@code *} for all. */
    record DomainPattern(String text) {
        static DomainPattern parse(String text) {
            if (text.equals("*")) {
                return new DomainPattern(text);
            }
            boolean isBelow = text.startsWith("*.");
            String key = new Domain(isBelow ? text.substring(2) : text).key();
            return new DomainPattern(isBelow ? "*." + key : key);
        }

        boolean fits(Domain domain) {
            return text.equals("*")
                    || (text.startsWith("*.")
                            ? domain.key().endsWith(text.substring(1))
                            : domain.key().equals(text));
        }
    }

    /** A mailbox, or the pattern of its domain; {@code <>} for the null reverse-path of reports. */
    record SenderPattern(String mailbox, Optional<DomainPattern> domain) {
        boolean fits(ReversePath sender) {
            if (sender.mailbox().isEmpty()) {
                return mailbox.equals("<>");
            }
            return domain.isPresent()
                    ? domain.get().fits(sender.mailbox().get().domain())
                    : sender.mailbox().get().key().equals(mailbox);
        }
    }

    private SmartHostTable(List<Entry> entries) {
        this.entries = List.copyOf(entries);
        entries.forEach(entry -> byName.put(entry.host().name(), entry.host()));
    }

    /**
     * Reads the lines of a file.
     *
     * @param files finds the files that lines name.
     * @throws TableLineException if a line is malformed.
     * @throws IllegalArgumentException if there are too many entries.
     */
    static SmartHostTable parse(List<String> lines, Function<String, Path> files) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, Integer> numbers = new LinkedHashMap<>();
        int at = 0;
        while (at < lines.size()) {
            String line = lines.get(at);
            int first = ++at;
            StringBuilder text = new StringBuilder(TableLines.withoutComment(line));
            if (text.isEmpty()) {
                continue;
            }
            try {
                if (Character.isWhitespace(line.charAt(0))) {
                    throw new IllegalArgumentException(
                            "a continuation line without an entry (expected: the name of a smart host before it)");
                }
                while (at < lines.size() && goesOn(lines.get(at))) {
                    text.append(' ').append(TableLines.withoutComment(lines.get(at++)));
                }
                Entry entry = SmartHostWords.entry(text.toString(), files);
                if (entries.put(entry.host().name(), entry) != null) {
                    throw new IllegalArgumentException(
                            entry.host().name() + " has an entry before (expected: one entry)");
                }
                numbers.put(entry.host().name(), first);
            } catch (IllegalArgumentException e) {
                throw new TableLineException(first, e);
            }
            if (entries.size() > MAX_ENTRIES) {
                throw new IllegalArgumentException(
                        "more than " + MAX_ENTRIES + " smart hosts (expected: <= " + MAX_ENTRIES + ")");
            }
        }
        requireKnown(entries, numbers);
        return new SmartHostTable(new ArrayList<>(entries.values()));
    }

    /** A line that is empty or a comment is part of an entry too. */
    private static boolean goesOn(String line) {
        return line.isEmpty() || Character.isWhitespace(line.charAt(0)) || line.charAt(0) == '#';
    }

    private static void requireKnown(Map<String, Entry> entries, Map<String, Integer> numbers) {
        entries.forEach((name, entry) -> {
            Optional<String> other = entry.host().otherwise();
            if (other.isPresent()
                    && (!entries.containsKey(other.get()) || other.get().equals(name))) {
                throw new TableLineException(
                        numbers.getOrDefault(name, 1),
                        new IllegalArgumentException(
                                "otherwise=" + other.get() + " (expected: the name of another smart host)"));
            }
        });
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** The smart host of a name. */
    public Optional<SmartHost> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The smart host for a recipient: the first whose {@code to} and {@code from} fit. */
    public Optional<SmartHost> choose(ReversePath sender, Domain domain) {
        return entries.stream()
                .filter(entry -> entry.fits(sender, domain))
                .findFirst()
                .map(Entry::host);
    }

    /** Whether a smart host takes mail of all senders for a domain. */
    public boolean takes(Domain domain) {
        return entries.stream()
                .anyMatch(entry ->
                        entry.from().isEmpty() && entry.to().stream().anyMatch(pattern -> pattern.fits(domain)));
    }

    /** All smart hosts, in their order. */
    public List<SmartHost> all() {
        return List.copyOf(byName.values());
    }
}
