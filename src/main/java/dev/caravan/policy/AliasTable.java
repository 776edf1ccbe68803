package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.util.ArrayList;
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
 * @param localDomains where the names are valid.
 */
record AliasTable(Map<LocalName, List<Target>> targets, LocalDomains localDomains) {
    /** How many aliases may lead to one another. */
    static final int MAX_DEPTH = 10;
    /** How many addresses one alias may stand for in the end. */
    static final int MAX_RECIPIENTS = 10_000;

    AliasTable {
        targets = Map.copyOf(targets);
    }

    /**
     * Reads a table, and expands every alias once, so that limits are reported when an operator changes the table and
     * not when a mail comes.
     *
     * @throws IllegalArgumentException if a line is broken or an alias exceeds the limits; the message names it.
     */
    static AliasTable parse(List<String> lines, LocalDomains localDomains) {
        AliasTable table = new AliasTable(new AliasLines(lines).read(), localDomains);
        Optional<Domain> any = localDomains.domains().stream().findFirst();
        for (LocalName name : table.targets.keySet()) {
            Optional<Domain> domain = name.domain().map(Domain::new).filter(localDomains::contains);
            (name.domain().isPresent() ? domain : any).ifPresent(at -> table.expand(new Mailbox(name.user(), at)));
        }
        return table;
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
        return localDomains.contains(mailbox.domain());
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

    private Optional<LocalName> find(Mailbox mailbox) {
        if (!localDomains.contains(mailbox.domain())) {
            return Optional.empty();
        }
        return LocalName.candidates(mailbox).stream()
                .filter(targets::containsKey)
                .findFirst();
    }

    /** The form in which the same recipient is always the same text. */
    private String key(Mailbox mailbox) {
        boolean isLocal = localDomains.contains(mailbox.domain());
        return (isLocal ? mailbox.localKey() : mailbox.localPart()) + "@"
                + mailbox.domain().key();
    }

    /**
     * One address on the right side of an alias.
     *
     * @param localPart of the address.
     * @param domain empty for the domain of the alias.
     */
    record Target(String localPart, Optional<Domain> domain) {
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
            Optional<Step> step = alias.map(name -> new Step(name, mailbox.domain()));
            if (step.isEmpty() || path.contains(step.get())) {
                found.putIfAbsent(key(mailbox), new End(new ForwardPath(mailbox), way));
                require(found.size() <= MAX_RECIPIENTS, "stands for more than " + MAX_RECIPIENTS + " addresses");
            } else if (isLoop.test(step.get().address())) {
                loops.add(step.get().address());
            } else if (known.add(step.get())) {
                path.add(step.get());
                require(path.size() <= MAX_DEPTH, "leads through more than " + MAX_DEPTH + " aliases");
                List<String> before = way;
                way = path.stream().map(Step::address).toList();
                for (Target target : targets.getOrDefault(alias.get(), List.of())) {
                    follow(target.at(mailbox.domain()));
                }
                way = before;
                path.remove(path.size() - 1);
            }
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
