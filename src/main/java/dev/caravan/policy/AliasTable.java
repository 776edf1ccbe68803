package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Names that stand for other addresses: {@code name: target, target}, going on in lines that begin with white space.
 *
 * @param targets of each name, at least one.
 * @param localDomains where the names are valid.
 * @param standard names that stand for the postmaster if they are not in the table.
 */
record AliasTable(Map<LocalName, List<Target>> targets, LocalDomains localDomains, StandardNames standard) {
    /** How many aliases may lead to one another. */
    static final int MAX_DEPTH = 10;
    /** How many addresses one alias may stand for in the end. */
    static final int MAX_RECIPIENTS = 10_000;

    private static final List<Target> POSTMASTER = List.of(new Target(LocalName.POSTMASTER.user(), Optional.empty()));

    AliasTable {
        targets = Map.copyOf(targets);
    }

    /**
     * Reads a table, and expands every alias once, so that limits are reported when an operator changes the table and
     * not when a mail comes.
     *
     * @throws IllegalArgumentException if a line is broken or an alias exceeds the limits; the message names it.
     */
    static AliasTable parse(List<String> lines, LocalDomains localDomains, StandardNames standard) {
        AliasTable table = new AliasTable(new AliasLines(lines).read(), localDomains, standard);
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
        Expander expander = new Expander();
        expander.follow(mailbox);
        return List.copyOf(expander.found.values());
    }

    private Optional<LocalName> find(Mailbox mailbox) {
        if (!localDomains.contains(mailbox.domain())) {
            return Optional.empty();
        }
        return LocalName.candidates(mailbox).stream()
                .filter(targets::containsKey)
                .findFirst()
                .or(() -> standard.has(mailbox)
                        ? Optional.of(new LocalName(mailbox.localKey(), Optional.empty()))
                        : Optional.empty());
    }

    private List<Target> targetsOf(LocalName name) {
        List<Target> listed = targets.get(name);
        return listed == null ? POSTMASTER : listed;
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
        private final Map<String, ForwardPath> found = new LinkedHashMap<>();
        private final List<Step> path = new ArrayList<>();
        private final Set<Step> known = new HashSet<>();

        void follow(Mailbox mailbox) {
            Optional<LocalName> alias = find(mailbox);
            Optional<Step> step = alias.map(name -> new Step(name, mailbox.domain()));
            if (step.isEmpty() || path.contains(step.get())) {
                found.putIfAbsent(key(mailbox), new ForwardPath(mailbox));
                require(found.size() <= MAX_RECIPIENTS, "stands for more than " + MAX_RECIPIENTS + " addresses");
            } else if (known.add(step.get())) {
                path.add(step.get());
                require(path.size() <= MAX_DEPTH, "leads through more than " + MAX_DEPTH + " aliases");
                for (Target target : targetsOf(alias.get())) {
                    follow(target.at(mailbox.domain()));
                }
                path.remove(path.size() - 1);
            }
        }

        private void require(boolean isWithinLimit, String excess) {
            if (!isWithinLimit) {
                throw new IllegalArgumentException("alias " + path.get(0).name() + " " + excess);
            }
        }
    }

    private record Step(LocalName name, Domain domain) {}
}
