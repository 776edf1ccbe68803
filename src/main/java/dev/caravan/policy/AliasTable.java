package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Names that stand for other addresses: {@code name: target, target}, going on in lines that begin with white space.
 *
 * @param targets of each name, at least one.
 * @param rules where the names are valid, and which names exist besides them.
 * @param source where the table was read.
 */
record AliasTable(Map<LocalName, List<Target>> targets, AliasFile.Rules rules, Source source) {
    /** How many aliases may lead to one another. */
    static final int MAX_DEPTH = 10;
    /** How many addresses one alias may stand for in the end. */
    static final int MAX_RECIPIENTS = 10_000;

    private static final String OWNER = "owner-";
    private static final List<Target> POSTMASTER = List.of(new Target(LocalName.POSTMASTER.user(), Optional.empty()));

    /**
     * Where a table was read.
     *
     * @param numbers the line in which each alias begins.
     * @param included the files of {@code :include:}.
     */
    record Source(Map<LocalName, Integer> numbers, List<WatchedFile.Stamp> included) {
        Source {
            numbers = Map.copyOf(numbers);
            included = List.copyOf(included);
        }
    }

    AliasTable {
        targets = Map.copyOf(targets);
    }

    /**
     * Reads a table, and expands every alias once, so that limits are reported when an operator changes the table and
     * not when a mail comes.
     *
     * @param folder where files of {@code :include:} are looked for.
     * @throws IllegalArgumentException if a line is broken or an alias exceeds the limits; the message names it.
     * @throws java.io.UncheckedIOException if an included file cannot be read or is broken.
     */
    static AliasTable parse(List<String> lines, AliasFile.Rules rules, Path folder) {
        AliasLines reader = new AliasLines(lines, new AliasLines.Form(folder, rules.skipsUnsupported()));
        Map<LocalName, List<Target>> targets = reader.read();
        AliasTable table = new AliasTable(targets, rules, new Source(reader.numbers(), reader.included()));
        for (LocalName name : table.targets.keySet()) {
            table.domainsOf(name).stream().limit(1).forEach(domain -> table.expand(name, domain));
        }
        return table;
    }

    /** The local domains at which a name is an alias. */
    private Collection<Domain> domainsOf(LocalName name) {
        LocalDomains local = rules.localDomains();
        return name.domain().isEmpty()
                ? local.domains()
                : name.domain().map(Domain::new).filter(local::contains).stream()
                        .toList();
    }

    /**
     * What an operator should look at: aliases that lead in a circle, and targets at local domains that are neither
     * users nor aliases. One line for each, in the order of the file.
     */
    List<String> doubts() {
        List<String> doubts = new ArrayList<>();
        targets.keySet().stream()
                .sorted(Comparator.comparing(name -> source.numbers().getOrDefault(name, 0)))
                .forEach(name -> {
                    Set<String> everywhere = new LinkedHashSet<>();
                    boolean isFirst = true;
                    for (Domain domain : domainsOf(name)) {
                        Set<String> here = doubts(name, domain);
                        if (isFirst) {
                            everywhere.addAll(here);
                        } else {
                            // A name for every domain may well lead to a user of some of them.
                            everywhere.retainAll(here);
                        }
                        isFirst = false;
                    }
                    everywhere.forEach(doubt -> doubts.add(
                            "line " + source.numbers().getOrDefault(name, 0) + ": alias " + name + " " + doubt));
                });
        return doubts;
    }

    private Set<String> doubts(LocalName name, Domain domain) {
        Set<String> doubts = new LinkedHashSet<>();
        for (ForwardPath end : expand(name, domain)) {
            Mailbox mailbox = end.mailbox();
            boolean isLocal = rules.localDomains().contains(mailbox.domain());
            if (isLocal && !rules.standard().isUser().test(mailbox)) {
                // The same words at every domain if the target is written without one.
                String shown = mailbox.domain().equals(domain) && !isWritten(mailbox)
                        ? mailbox.localPart()
                        : mailbox.toString();
                doubts.add(
                        find(mailbox).isPresent()
                                ? "leads in a circle to " + shown + ", which is no user"
                                : "leads to " + shown + ", which is neither a user nor an alias");
            }
        }
        return doubts;
    }

    /** Whether the address is a target as it is, with its domain. */
    private boolean isWritten(Mailbox mailbox) {
        return targets.values().stream()
                .flatMap(List::stream)
                .anyMatch(target -> target.domain().equals(Optional.of(mailbox.domain()))
                        && target.localPart().equals(mailbox.localPart()));
    }

    boolean has(Mailbox mailbox) {
        return find(mailbox).isPresent();
    }

    /**
     * The addresses that an address stands for in the end; itself if it is no alias. An alias that leads back to
     * itself means the user of that name, as in {@code alice: alice, archive@b.example}.
     *
     * @throws IllegalArgumentException if there are too many of them, or too many steps on the way.
     */
    List<ForwardPath> expand(Mailbox mailbox) {
        return walk(mailbox, alias -> false).ends().stream().map(End::path).toList();
    }

    private List<ForwardPath> expand(LocalName name, Domain domain) {
        Expander expander = new Expander(alias -> false);
        expander.follow(name, domain);
        return expander.found.values().stream().map(End::path).toList();
    }

    /**
     * The same, with the way to each address.
     *
     * @param isLoop whether an alias, an address in lower case, is not to be followed.
     * @throws IllegalArgumentException as above.
     */
    Walk walk(Mailbox mailbox, Predicate<String> isLoop) {
        Expander expander = new Expander(isLoop);
        expander.follow(mailbox);
        return new Walk(List.copyOf(expander.found.values()), List.copyOf(expander.loops));
    }

    /** Whether an address is at a domain of this server. */
    boolean isLocal(Mailbox mailbox) {
        return rules.localDomains().contains(mailbox.domain());
    }

    /**
     * What an address stands for.
     *
     * @param ends each once.
     * @param loops aliases that were not followed.
     */
    record Walk(List<End> ends, List<String> loops) {}

    /**
     * One address that an alias stands for.
     *
     * @param aliases on the way to it, in lower case; none if it is no alias.
     */
    record End(ForwardPath path, List<String> aliases) {}

    /**
     * Who answers for the list by which a recipient was reached: the alias {@code owner-NAME} of the last alias NAME on
     * the way that has one.
     *
     * @param aliases the addresses on the way, as {@link End} has them.
     */
    Optional<Mailbox> owner(List<String> aliases) {
        for (int i = aliases.size() - 1; i >= 0; i--) {
            String alias = aliases.get(i);
            int at = alias.lastIndexOf('@');
            LocalName owner = new LocalName(OWNER + alias.substring(0, at), Optional.of(alias.substring(at + 1)));
            boolean isListed =
                    targets.containsKey(owner) || targets.containsKey(new LocalName(owner.user(), Optional.empty()));
            if (isListed && LocalName.isPlain(owner.user())) {
                return Optional.of(new Mailbox(owner.user(), new Domain(alias.substring(at + 1))));
            }
        }
        return Optional.empty();
    }

    private Optional<LocalName> find(Mailbox mailbox) {
        if (!rules.localDomains().contains(mailbox.domain())) {
            return Optional.empty();
        }
        return LocalName.candidates(mailbox).stream()
                .filter(targets::containsKey)
                .findFirst()
                .or(() -> Optional.of(LocalName.all(mailbox.domain()))
                        .filter(all -> targets.containsKey(all)
                                && !rules.standard().isUser().test(mailbox)))
                .or(() -> rules.standard().has(mailbox)
                        ? Optional.of(new LocalName(mailbox.localKey(), Optional.empty()))
                        : Optional.empty());
    }

    private List<Target> targetsOf(LocalName name) {
        List<Target> listed = targets.get(name);
        return listed == null ? POSTMASTER : listed;
    }

    /** The form in which the same recipient is always the same text. */
    private String key(Mailbox mailbox) {
        boolean isLocal = rules.localDomains().contains(mailbox.domain());
        return (isLocal ? mailbox.localKey() : mailbox.localPart()) + "@"
                + mailbox.domain().key();
    }

    /**
     * One address on the right side of an alias.
     *
     * @param localPart of the address.
     * @param domain empty for the domain of the alias.
     * @param isFinal whether it is taken as it is although there may be an alias of that name.
     */
    record Target(String localPart, Optional<Domain> domain, boolean isFinal) {
        Target(String localPart, Optional<Domain> domain) {
            this(localPart, domain, false);
        }

        Mailbox at(Domain aliasDomain) {
            return new Mailbox(localPart, domain.orElse(aliasDomain));
        }
    }

    /** One walk from an alias to its ends. */
    private final class Expander {
        private final Predicate<String> isLoop;
        private final Map<String, End> found = new LinkedHashMap<>();
        private final Set<String> loops = new LinkedHashSet<>();
        private final List<Step> path = new ArrayList<>();
        private List<String> way = List.of();
        private final Set<Step> known = new HashSet<>();

        Expander(Predicate<String> isLoop) {
            this.isLoop = isLoop;
        }

        void follow(Mailbox mailbox) {
            Optional<LocalName> alias = find(mailbox);
            if (alias.isEmpty() || path.contains(new Step(alias.get(), mailbox.domain()))) {
                end(mailbox);
            } else {
                follow(alias.get(), mailbox.domain());
            }
        }

        void follow(LocalName alias, Domain domain) {
            Step step = new Step(alias, domain);
            if (isLoop.test(step.address())) {
                loops.add(step.address());
            } else if (known.add(step)) {
                path.add(step);
                require(path.size() <= MAX_DEPTH, "leads through more than " + MAX_DEPTH + " aliases");
                List<String> before = way;
                way = path.stream().map(Step::address).toList();
                for (Target target : targetsOf(alias)) {
                    if (target.isFinal()) {
                        end(target.at(domain));
                    } else {
                        follow(target.at(domain));
                    }
                }
                way = before;
                path.remove(path.size() - 1);
            }
        }

        private void end(Mailbox mailbox) {
            found.putIfAbsent(key(mailbox), new End(new ForwardPath(mailbox), way));
            require(found.size() <= MAX_RECIPIENTS, "stands for more than " + MAX_RECIPIENTS + " addresses");
        }

        private void require(boolean isWithinLimit, String excess) {
            if (!isWithinLimit) {
                throw new IllegalArgumentException("alias " + path.get(0).name() + " " + excess);
            }
        }
    }

    private record Step(LocalName name, Domain domain) {
        String address() {
            return name.user() + "@" + domain.key();
        }
    }
}
