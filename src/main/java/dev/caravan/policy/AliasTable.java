package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Names that stand for other addresses: {@code name: target, target}, continued in lines that begin with white space.
 *
 * @param targets of each name, at least one.
 * @param rules where the names are valid, and which names exist besides them.
 * @param source where the table was read.
 */
record AliasTable(Map<LocalName, List<Target>> targets, AliasFile.Rules rules, Source source) {
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
     * not when a message arrives.
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
            table.domainsOf(name).stream().limit(1).forEach(domain -> table.expand(table.alias(name, domain)));
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
     * Likely mistakes: aliases that form a loop, and targets at local domains that are neither users nor aliases. One
     * line for each, in the order of the file.
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
                            // A name for every domain may lead to a user that exists at some of them only.
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
        for (ForwardPath end : expand(alias(name, domain))) {
            Mailbox mailbox = end.mailbox();
            boolean isLocal = rules.localDomains().contains(mailbox.domain());
            if (isLocal && !rules.standard().isUser().test(mailbox)) {
                // The same text at every domain if the target is written without one.
                String shown = mailbox.domain().equals(domain) && !isWritten(mailbox)
                        ? mailbox.localPart()
                        : mailbox.toString();
                doubts.add(
                        find(mailbox).isPresent()
                                ? "forms a loop at " + shown + ", which is not a user"
                                : "leads to " + shown + ", which is neither a user nor an alias");
            }
        }
        return doubts;
    }

    /** Whether the table has the address as a target with its domain. */
    private boolean isWritten(Mailbox mailbox) {
        return targets.values().stream()
                .flatMap(List::stream)
                .anyMatch(target -> target.domain().equals(Optional.of(mailbox.domain()))
                        && target.localPart().equals(mailbox.localPart()));
    }

    boolean has(Mailbox mailbox) {
        return find(mailbox).isPresent();
    }

    /** The alias of that address; empty if it is not an alias. */
    Optional<Alias> alias(Mailbox mailbox) {
        return find(mailbox).map(name -> alias(name, mailbox.domain()));
    }

    private Alias alias(LocalName name, Domain domain) {
        return new Alias(
                name.toString(),
                name.user() + "@" + domain.key(),
                targetsOf(name).stream()
                        .map(target -> new Alias.Target(target.at(domain), target.isFinal()))
                        .toList(),
                owner(name, domain));
    }

    /**
     * The addresses that an address stands for after all aliases were followed; itself if it is not an alias. An alias
     * that leads back to itself means the user of that name, as in {@code alice: alice, archive@b.example}.
     *
     * @throws IllegalArgumentException if there are too many of them, or too many steps on the way.
     */
    List<ForwardPath> expand(Mailbox mailbox) {
        return alias(mailbox).map(this::expand).orElseGet(() -> List.of(new ForwardPath(mailbox)));
    }

    private List<ForwardPath> expand(Alias alias) {
        try {
            return AliasWalk.from(
                            alias,
                            address -> CompletableFuture.completedFuture(alias(address)),
                            rules.localDomains(),
                            address -> false)
                    .toCompletableFuture()
                    .join()
                    .ends()
                    .stream()
                    .map(AliasWalk.End::path)
                    .toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IllegalArgumentException excess) {
                throw excess;
            }
            throw e;
        }
    }

    /** The alias {@code owner-NAME} at the same domain, if the table has one for this or for every domain. */
    private Optional<Mailbox> owner(LocalName list, Domain domain) {
        LocalName owner = new LocalName(OWNER + list.user(), Optional.of(domain.key()));
        boolean isListed =
                targets.containsKey(owner) || targets.containsKey(new LocalName(owner.user(), Optional.empty()));
        return isListed && LocalName.isPlain(owner.user())
                ? Optional.of(new Mailbox(owner.user(), new Domain(domain.key())))
                : Optional.empty();
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

    /**
     * One address on the right side of an alias.
     *
     * @param localPart of the address.
     * @param domain empty for the domain of the alias.
     * @param isFinal whether it is not expanded further, even if there is an alias of that name.
     */
    record Target(String localPart, Optional<Domain> domain, boolean isFinal) {
        Target(String localPart, Optional<Domain> domain) {
            this(localPart, domain, false);
        }

        Mailbox at(Domain aliasDomain) {
            return new Mailbox(localPart, domain.orElse(aliasDomain));
        }
    }
}
