package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.net.TlsPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Limits for destinations, and what connections to them require of TLS. Each line is a pattern and one or more of them, such as
 * {@code example.org connections=5 messages-per-connection=10 messages-per-minute=60}; {@code #} begins a comment. A
 * pattern is a domain, {@code *.example.org} for its subdomains, {@code mx:} before the name of a mail host or such a
 * pattern of names, or {@code *} for all destinations. The first line that fits is used. Immutable.
 */
public final class DestinationTable {
    /** The most lines that are not comments, because they are looked through at each attempt. */
    static final int MAX_LINES = 1000;

    private static final String HOST = "mx:";
    private static final String ALL = "*";
    private static final String SUBDOMAINS = "*.";
    private static final String CONNECTIONS = "connections";
    private static final String PER_CONNECTION = "messages-per-connection";
    private static final String PER_MINUTE = "messages-per-minute";
    private static final int MOST = 1_000_000;
    private static final int MOST_CONNECTIONS = 10_000;
    private static final Pattern SPACE = Pattern.compile("[ \t]+");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,7}");
    private static final String FORM =
            "expected: a pattern and connections=NUMBER, messages-per-connection=NUMBER, messages-per-minute=NUMBER or"
                    + " tls=none, may, encrypt or verify";

    private final List<Limits> lines;

    /**
     * The limits of one line.
     *
     * @param pattern in lower case, without {@code mx:}.
     * @param isOfHost whether the pattern is for names of mail hosts.
     * @param connections the most at once.
     * @param messagesPerConnection after which it is closed.
     * @param messagesPerMinute the most that are begun.
     * @param tls what connections require; empty for the default.
     */
    public record Limits(
            String pattern,
            boolean isOfHost,
            OptionalInt connections,
            OptionalInt messagesPerConnection,
            OptionalInt messagesPerMinute,
            Optional<TlsPolicy> tls) {
        /** Whether the numbers are for each domain alone, and not for all domains with the same mail hosts together. */
        public boolean isOfDomain() {
            return !isOfHost && !pattern.equals(ALL);
        }

        private boolean fits(String domain, List<String> hosts) {
            if (pattern.equals(ALL) && !isOfHost) {
                return true;
            }
            return isOfHost ? hosts.stream().anyMatch(this::fits) : fits(domain);
        }

        private boolean fits(String name) {
            return pattern.startsWith(SUBDOMAINS) ? name.endsWith(pattern.substring(1)) : name.equals(pattern);
        }
    }

    private DestinationTable(List<Limits> lines) {
        this.lines = List.copyOf(lines);
    }

    /**
     * Reads the lines of a file.
     *
     * @throws TableLineException if a line is malformed.
     * @throws IllegalArgumentException if there are too many.
     */
    static DestinationTable parse(List<String> text) {
        return parse(text, Path::of);
    }

    /**
     * The same.
     *
     * @param files finds the files that lines name.
     */
    static DestinationTable parse(List<String> text, Function<String, Path> files) {
        List<Limits> lines = new ArrayList<>();
        Set<String> patterns = new HashSet<>();
        for (int i = 0; i < text.size(); i++) {
            String line = TableLines.withoutComment(text.get(i));
            if (line.isEmpty()) {
                continue;
            }
            try {
                Limits limits = limits(SPACE.split(line), files);
                if (!patterns.add(limits.isOfHost() + limits.pattern())) {
                    throw new IllegalArgumentException(limits.pattern() + " has a line before (expected: one line)");
                }
                lines.add(limits);
            } catch (IllegalArgumentException e) {
                throw new TableLineException(i + 1, e);
            }
            if (lines.size() > MAX_LINES) {
                throw new IllegalArgumentException(
                        "more than " + MAX_LINES + " lines (expected: <= " + MAX_LINES + ")");
            }
        }
        return new DestinationTable(lines);
    }

    private static Limits limits(String[] words, Function<String, Path> files) {
        boolean isOfHost = words[0].startsWith(HOST);
        String pattern = pattern(isOfHost ? words[0].substring(HOST.length()) : words[0]);
        if (words.length == 1) {
            throw new IllegalArgumentException("a pattern without limits (" + FORM + ")");
        }
        OptionalInt connections = OptionalInt.empty();
        OptionalInt perConnection = OptionalInt.empty();
        OptionalInt perMinute = OptionalInt.empty();
        Map<String, String> tls = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String name = equals < 0 ? words[i] : words[i].substring(0, equals);
            String value = equals < 0 ? "" : words[i].substring(equals + 1);
            if (!names.add(name)) {
                throw new IllegalArgumentException(name + " is given twice (expected: once)");
            }
            switch (name) {
                case CONNECTIONS -> connections = number(name, value, MOST_CONNECTIONS);
                case PER_CONNECTION -> perConnection = number(name, value, MOST);
                case PER_MINUTE -> perMinute = number(name, value, MOST);
                default -> {
                    if (!TlsWords.ALL.contains(name)) {
                        throw new IllegalArgumentException("no such limit: " + name + " (" + FORM + ")");
                    }
                    tls.put(name, value);
                }
            }
        }
        Optional<TlsPolicy> policy = TlsWords.policy(tls, TlsPolicy.Level.MAY, files);
        return new Limits(pattern, isOfHost, connections, perConnection, perMinute, policy);
    }

    private static String pattern(String text) {
        if (text.equals(ALL)) {
            return text;
        }
        String name = text.startsWith(SUBDOMAINS) ? text.substring(SUBDOMAINS.length()) : text;
        try {
            String key = new Domain(name).key();
            return text.startsWith(SUBDOMAINS) ? SUBDOMAINS + key : key;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a pattern: " + text + " (expected: a domain, *.domain, mx:host, mx:*.domain or *)", e);
        }
    }

    private static OptionalInt number(String name, String value, int most) {
        int number = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
        if (number < 1 || number > most) {
            throw new IllegalArgumentException(name + "=" + value + " (expected: a number from 1 to " + most + ")");
        }
        return OptionalInt.of(number);
    }

    /**
     * The first line that fits.
     *
     * @param domain the recipient domain, or the relay host.
     * @param hosts the names of its mail hosts; empty if they are not known.
     */
    public Optional<Limits> find(String domain, List<String> hosts) {
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        String key = domain.toLowerCase(Locale.ROOT);
        List<String> keys =
                hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
        for (Limits line : lines) {
            if (line.fits(key, keys)) {
                return Optional.of(line);
            }
        }
        return Optional.empty();
    }
}
