package dev.caravan.policy;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.AliasExpansion.Reached;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Follows the aliases among the recipients of one message. Use each object once. */
final class EnvelopeExpansion {
    /** The most reports about one mailbox for one message, because each costs a queue item. */
    static final int MAX_REPORTS = 20;

    private static final CompletableFuture<Optional<Alias>> NO_ALIAS =
            CompletableFuture.completedFuture(Optional.empty());

    private final AliasExpander expander;
    private final Envelope envelope;
    private final Map<ForwardPath, Reached> found = new LinkedHashMap<>();
    private final List<Recipient> again = new ArrayList<>();
    private final List<Recipient> expanded = new ArrayList<>();
    private final List<Recipient> returned = new ArrayList<>();
    private final List<Recipient> looping = new ArrayList<>();

    private record Found(Recipient recipient, CompletableFuture<Optional<Alias>> alias) {}

    private record Walked(Recipient alias, CompletableFuture<AliasWalk.Result> result) {}

    EnvelopeExpansion(AliasExpander expander, Envelope envelope) {
        this.expander = expander;
        this.envelope = envelope;
    }

    CompletionStage<AliasExpansion> expand(Supplier<ForwardTrace> trace) {
        List<Found> recipients = envelope.recipients().stream()
                .map(recipient -> new Found(recipient, find(recipient.path())))
                .toList();
        boolean isAnswered = recipients.stream()
                .allMatch(recipient ->
                        recipient.alias().isDone() && !recipient.alias().isCompletedExceptionally());
        if (!isAnswered) {
            return all(recipients.stream().map(Found::alias).toList()).thenCompose(unused -> follow(recipients, trace));
        }
        try {
            return follow(recipients, trace);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<Optional<Alias>> find(ForwardPath path) {
        return expander.localDomains().contains(path.domain())
                ? expander.directory().find(path.mailbox()).toCompletableFuture()
                : NO_ALIAS;
    }

    private CompletionStage<AliasExpansion> follow(List<Found> recipients, Supplier<ForwardTrace> trace) {
        List<Found> aliases = new ArrayList<>();
        for (Found recipient : recipients) {
            if (recipient.alias().join().isPresent()) {
                aliases.add(recipient);
            } else {
                found.put(
                        recipient.recipient().path(), new Reached(recipient.recipient(), List.of(), Optional.empty()));
            }
        }
        if (aliases.isEmpty()) {
            return CompletableFuture.completedFuture(result());
        }
        ForwardTrace before = trace.get();
        ReversePath sender = envelope.reversePath();
        List<Walked> walks = aliases.stream()
                .map(alias -> new Walked(
                        alias.recipient(),
                        AliasWalk.from(
                                        alias.alias().join().orElseThrow(),
                                        expander.directory(),
                                        expander.localDomains(),
                                        address -> before.isLoop(address, sender))
                                .toCompletableFuture()))
                .toList();
        return all(walks.stream().map(Walked::result).toList()).thenApply(unused -> {
            walks.forEach(walk -> add(walk.alias(), walk.result().join(), before));
            return result();
        });
    }

    private static CompletableFuture<Void> all(List<? extends CompletableFuture<?>> answers) {
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
    }

    private AliasExpansion result() {
        return new AliasExpansion(List.copyOf(found.values()), again, expanded, returned, looping);
    }

    private void add(Recipient alias, AliasWalk.Result walk, ForwardTrace before) {
        if (walk.ends().isEmpty() && !walk.loops().isEmpty()) {
            (walk.loops().stream().anyMatch(before::isStored) ? returned : looping).add(alias);
            return;
        }
        boolean isExpanded = walk.ends().size() > 1;
        if (isExpanded) {
            expanded.add(alias);
        }
        for (AliasWalk.End end : walk.ends()) {
            add(new Reached(target(alias, end.path(), isExpanded), end.aliases(), end.owner()));
        }
    }

    /**
     * A recipient that gets a message in the place of an alias. A single target gets the sender's DSN parameters (RFC
     * 3461 §5.2.7.2). Of several targets each gets them without SUCCESS, because this server reports that the message
     * arrived here (RFC 3461 §5.2.7.3). The alias becomes the original recipient, if the sender named none.
     */
    private static Recipient target(Recipient alias, ForwardPath target, boolean isExpanded) {
        Notify notification = isExpanded ? withoutSuccess(alias.notification()) : alias.notification();
        Optional<OriginalRecipient> original =
                alias.original().or(() -> Optional.of(OriginalRecipient.of(alias.path())));
        return new Recipient(target, notification, original);
    }

    private static Notify withoutSuccess(Notify notification) {
        return new Notify(notification.asked().map(conditions -> {
            Set<Condition> rest = new HashSet<>(conditions);
            rest.remove(Condition.SUCCESS);
            return rest;
        }));
    }

    private void add(Reached reached) {
        Recipient recipient = reached.recipient();
        Reached earlier = found.putIfAbsent(recipient.path(), reached);
        if (earlier == null) {
            return;
        }
        Notify wanted = earlier.recipient().notification();
        boolean saysMore = recipient.notification().asked().isPresent()
                || !recipient.notification().equals(wanted);
        if (!saysMore || recipient.notification().isNever()) {
            return;
        }
        if (expander.localDomains().contains(recipient.path().domain()) && again.size() < MAX_REPORTS) {
            again.add(recipient);
            return;
        }
        // At other domains a second recipient would get a second copy.
        Recipient both = new Recipient(
                recipient.path(),
                union(wanted, recipient.notification()),
                earlier.recipient().original());
        found.put(recipient.path(), new Reached(both, earlier.aliases(), earlier.owner()));
    }

    private static Notify union(Notify first, Notify second) {
        if (first.equals(second)) {
            return first;
        }
        Set<Condition> conditions = EnumSet.noneOf(Condition.class);
        for (Condition condition : Condition.values()) {
            if (first.wants(condition) || second.wants(condition)) {
                conditions.add(condition);
            }
        }
        return new Notify(Optional.of(conditions));
    }
}
