package dev.caravan.outcome;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.OutcomeEvent.Kind;
import dev.caravan.outcome.OutcomeEvent.Subject;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The events that follow from a decision. Pure: a decision that is repeated after a crash gives the same events. */
public final class OutcomeEvents {
    private OutcomeEvents() {}

    /** A message is stored: an event accepted or held for each recipient of each item. */
    public static List<OutcomeEvent> stored(List<Placement> placements, Instant now) {
        List<OutcomeEvent> events = new ArrayList<>();
        for (Placement placement : placements) {
            Kind kind = placement.queue().equals(QueueNames.HOLD) ? Kind.HELD : Kind.ACCEPTED;
            for (Subject subject : subjects(placement.item(), 0)) {
                events.add(new OutcomeEvent(kind, now, subject, Optional.empty()));
            }
        }
        return events;
    }

    /**
     * An attempt is settled. Recipients that were not attempted and still wait get no event.
     *
     * @param item as it was consumed.
     * @param settlement what {@link Outcome#settle} made of the report.
     */
    public static List<OutcomeEvent> settled(
            QueueItem item, DeliveryReport report, Settlement settlement, Instant now) {
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        Map<ForwardPath, Placement> placements = byRecipient(settlement);
        List<OutcomeEvent> events = new ArrayList<>();
        for (Subject subject : subjects(item, nextAttempt(item))) {
            ForwardPath path = subject.recipient().path();
            Optional<RecipientResult> result = Optional.ofNullable(results.get(path));
            Optional<Placement> placed = Optional.ofNullable(placements.get(path));
            if (placed.isEmpty()) {
                result.flatMap(r -> success(subject, r, report, now)).ifPresent(events::add);
            } else if (placed.get().queue().equals(QueueNames.DEAD)) {
                boolean isFinal =
                        result.filter(RecipientResult.Failed.class::isInstance).isPresent();
                Kind kind = isFinal ? Kind.BOUNCED : Kind.EXPIRED;
                events.add(event(kind, subject, placed.get().item().progress(), report, now));
            } else if (result.filter(RecipientResult.NotAttempted.class::isInstance)
                    .isEmpty()) {
                events.add(event(Kind.DEFERRED, subject, placed.get().item().progress(), report, now));
            }
        }
        return events;
    }

    /** An attempt could not be settled completely: the events of recipients that have the message by it. */
    public static List<OutcomeEvent> successes(QueueItem item, DeliveryReport report, Instant now) {
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        List<OutcomeEvent> events = new ArrayList<>();
        for (Subject subject : subjects(item, nextAttempt(item))) {
            Optional.ofNullable(results.get(subject.recipient().path()))
                    .flatMap(result -> success(subject, result, report, now))
                    .ifPresent(events::add);
        }
        return events;
    }

    /**
     * An item is returned. Recipients that settling gave up had their event then; others, such as those that the broker gave
     * up, have it now.
     *
     * @param brokerCause why the broker put it there.
     */
    public static List<OutcomeEvent> dead(QueueItem dead, Optional<String> brokerCause, Instant now) {
        List<OutcomeEvent> events = new ArrayList<>();
        for (Subject subject : subjects(dead, dead.progress().attempts())) {
            RecipientProgress state = dead.progress().of(subject.recipient().path());
            if (!state.permanent()) {
                Diagnosis diagnosis = Outcome.failure(state, brokerCause);
                events.add(new OutcomeEvent(Kind.BOUNCED, now, subject, Optional.of(diagnosis)));
            }
        }
        return events;
    }

    /** An operator takes an item out of its queue, with all its recipients. */
    public static List<OutcomeEvent> removed(QueueItem item, Instant now) {
        List<OutcomeEvent> events = new ArrayList<>();
        for (Subject subject : subjects(item, item.progress().attempts())) {
            Optional<Diagnosis> said =
                    item.progress().of(subject.recipient().path()).last();
            events.add(new OutcomeEvent(Kind.REMOVED, now, subject, said));
        }
        return events;
    }

    private static Optional<OutcomeEvent> success(
            Subject subject, RecipientResult result, DeliveryReport report, Instant now) {
        if (!(result instanceof RecipientResult.Delivered delivered)) {
            return Optional.empty();
        }
        Kind kind = delivered.handling() == RecipientResult.Handling.FINAL ? Kind.DELIVERED : Kind.RELAYED;
        Optional<Diagnosis> said = Optional.of(SettlementBuilder.ofKind(2, delivered.diagnosis()));
        return Optional.of(new OutcomeEvent(kind, now, subject, said, Optional.empty(), hosts(subject, report)));
    }

    /** The event, with the number of attempts after the settlement. */
    private static OutcomeEvent event(Kind kind, Subject before, Progress after, DeliveryReport report, Instant now) {
        Subject subject = new Subject(before.item(), before.recipient(), before.number(), after.attempts());
        Optional<Diagnosis> said = after.of(before.recipient().path()).last();
        Optional<Instant> next = kind == Kind.DEFERRED ? after.nextAttemptAt() : Optional.empty();
        return new OutcomeEvent(kind, now, subject, said, next, hosts(subject, report));
    }

    private static List<HostAttempt> hosts(Subject subject, DeliveryReport report) {
        return report.hostsTriedFor(subject.recipient().path());
    }

    private static Map<ForwardPath, Placement> byRecipient(Settlement settlement) {
        Map<ForwardPath, Placement> placements = new HashMap<>();
        for (Placement placement : settlement.placements()) {
            placement.item().recipients().forEach(recipient -> placements.put(recipient.path(), placement));
        }
        return placements;
    }

    private static int nextAttempt(QueueItem item) {
        int attempts = item.progress().attempts();
        return attempts == Integer.MAX_VALUE ? attempts : attempts + 1;
    }

    private static List<Subject> subjects(QueueItem item, int attempt) {
        List<Subject> subjects = new ArrayList<>(item.recipients().size());
        for (Recipient recipient : item.recipients()) {
            subjects.add(new Subject(item, recipient, subjects.size() + 1, attempt));
        }
        return subjects;
    }
}
