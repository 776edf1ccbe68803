package dev.caravan.outcome;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.queue.TimedQueues;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Settles one attempt in which at least one recipient was attempted. Used for one call. */
final class SettlementBuilder {
    private static final String NO_RESULT = "The delivery attempt ended without a result for this recipient.";

    private final QueueItem item;
    private final DeliveryReport report;
    private final RetryRules retries;
    private final NotificationRules rules;
    private final Reading clock;
    private final int attempts;
    private final List<Notice.NotifiedRecipient> delivered = new ArrayList<>();
    private final List<Notice.NotifiedRecipient> relayed = new ArrayList<>();
    /** The recipients whose delay is reported, by when they will be given up. */
    private final Map<Instant, List<Notice.NotifiedRecipient>> delayed = new LinkedHashMap<>();
    /** The recipients that wait, by when they are tried again; the soonest first. */
    private final SortedMap<Wait, List<Recipient>> open = new TreeMap<>();

    private final List<Recipient> notAttempted = new ArrayList<>();
    private final List<Recipient> dead = new ArrayList<>();
    private final Map<ForwardPath, RecipientProgress> states = new HashMap<>();

    /**
     * How long recipients wait; the delay names their queue.
     *
     * @param due when they are tried again; before the end of the delay if the age limit is earlier.
     * @param isTimed whether they are tried again at the sender's deadline.
     */
    private record Wait(Instant due, Duration delay, boolean isTimed) implements Comparable<Wait> {
        private static final Comparator<Wait> ORDER =
                Comparator.comparing(Wait::due).thenComparing(Wait::delay).thenComparing(Wait::isTimed);

        String queue(Instant now) {
            Optional<String> timed = isTimed ? TimedQueues.RETRY.queue(due, now) : Optional.empty();
            return timed.orElseGet(() -> RetrySchedule.queueName(delay));
        }

        @Override
        public int compareTo(Wait other) {
            return ORDER.compare(this, other);
        }
    }

    SettlementBuilder(
            QueueItem item, DeliveryReport report, RetryRules retries, NotificationRules rules, Reading clock) {
        this.item = item;
        this.report = report;
        this.retries = retries;
        this.rules = rules;
        this.clock = clock;
        this.attempts = item.progress().attempts() == Integer.MAX_VALUE
                ? Integer.MAX_VALUE
                : item.progress().attempts() + 1;
    }

    Settlement settlement() {
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        for (Recipient recipient : item.recipients()) {
            RecipientResult result = results.getOrDefault(recipient.path(), withoutResult(recipient));
            if (result instanceof RecipientResult.Delivered success) {
                confirm(recipient, success);
            } else if (result instanceof RecipientResult.Failed failure) {
                giveUp(recipient, withEarlierDoubt(recipient, ofKind(5, failure.diagnosis())));
            } else if (result instanceof RecipientResult.Deferred deferral) {
                defer(recipient, deferral);
            } else if (result instanceof RecipientResult.NotAttempted) {
                notAttempted.add(recipient);
            } else {
                throw new AssertionError(result);
            }
        }
        return new Settlement(placements(), notices());
    }

    private RecipientResult withoutResult(Recipient recipient) {
        Diagnosis last =
                item.progress().of(recipient.path()).last().orElseGet(() -> Diagnosis.ours("4.3.0", NO_RESULT));
        return new RecipientResult.Deferred(recipient.path(), last);
    }

    /** The diagnosis with the class of the status changed to agree with the result; the reply stays as it is. */
    static Diagnosis ofKind(int kind, Diagnosis diagnosis) {
        EnhancedStatus status = diagnosis.status();
        return status.kind() == kind
                ? diagnosis
                : new Diagnosis(
                        new EnhancedStatus(kind, status.subject(), status.detail()),
                        diagnosis.remoteMta(),
                        diagnosis.reply());
    }

    private void confirm(Recipient recipient, RecipientResult.Delivered success) {
        if (!mayConfirm(recipient, success.handling())) {
            return;
        }
        List<Notice.NotifiedRecipient> told =
                success.handling() == RecipientResult.Handling.FINAL ? delivered : relayed;
        told.add(new Notice.NotifiedRecipient(recipient, ofKind(2, success.diagnosis())));
    }

    private boolean mayConfirm(Recipient recipient, RecipientResult.Handling handling) {
        if (item.mail().envelope().reversePath().isNull()) {
            return false;
        }
        return switch (rules.successReports()) {
            case ALWAYS -> !recipient.notification().isNever();
            // A server that supports DSN received the sender's request, and reports itself (RFC 3461 §5.2.2).
            case ON_REQUEST ->
                (handling != RecipientResult.Handling.PASSED_ON
                                && recipient.notification().wants(Condition.SUCCESS))
                        || (isRelayOfInterest(handling)
                                && !recipient.notification().isNever());
            case NEVER -> false;
        };
    }

    /**
     * Whether the sender hears of a relay because of the deadline: if it asked for a trace, or if the next server does not
     * know deadlines, so that nobody reports a miss (RFC 2852 §4.2).
     */
    private boolean isRelayOfInterest(RecipientResult.Handling handling) {
        Optional<DeliverBy> by = item.mail().envelope().parameters().deliverBy();
        return by.isPresent()
                && handling != RecipientResult.Handling.FINAL
                && (by.get().isTraced() || handling == RecipientResult.Handling.RELAYED_WITHOUT_DEADLINE);
    }

    /**
     * Defers a recipient, or gives it up when the message is too old. A recipient that is given up keeps the status
     * 4.y.z of the last attempt and does not get 4.4.7: RFC 3463 §3.5 asks for the code of the actual problem, and
     * class 4 in a failure report tells the sender that sending again later may help. A recipient to whom the message
     * may have arrived gets one more attempt that gets as far: a server with unreadable replies may accept a copy each
     * time.
     */
    private void defer(Recipient recipient, RecipientResult.Deferred result) {
        RetrySchedule schedule = retries.scheduleFor(item, recipient, result);
        AgeLimit limit = new AgeLimit(schedule, clock);
        Diagnosis said = ofKind(4, result.diagnosis());
        Diagnosis diagnosis = withEarlierDoubt(recipient, said);
        boolean isDoubtedAgain = said.mayHaveArrived() && wasDoubted(recipient);
        if (limit.isReached(Outcome.countedFrom(item, clock.now()), attempts) || isDoubtedAgain) {
            giveUp(recipient, diagnosis);
            return;
        }
        Optional<DeliverBy> missed = item.deadline().filter(by -> by.isMissed(clock.now()));
        if (missed.filter(by -> by.mode() == DeliverBy.Mode.RETURN).isPresent()) {
            giveUp(recipient, withEarlierDoubt(recipient, Outcome.tooLate(missed.get(), "5.4.7")));
            return;
        }
        boolean warned = item.progress().of(recipient.path()).warned();
        if (Outcome.isLate(item, recipient, clock.now())) {
            tellLate(recipient, schedule);
            warned = true;
        } else if (!warned && Outcome.mayWarn(item, recipient, limit, attempts, rules)) {
            delayed.computeIfAbsent(Outcome.givenUpAt(item, schedule, clock.now()), unused -> new ArrayList<>())
                    .add(new Notice.NotifiedRecipient(recipient, diagnosis));
            warned = true;
        }
        open.computeIfAbsent(waitFor(schedule), unused -> new ArrayList<>()).add(recipient);
        states.put(recipient.path(), new RecipientProgress(warned, false, Optional.of(diagnosis)));
    }

    private boolean wasDoubted(Recipient recipient) {
        return item.progress()
                .of(recipient.path())
                .last()
                .filter(Diagnosis::mayHaveArrived)
                .isPresent();
    }

    /** An item keeps only the last reply about a recipient, so an earlier doubt is added to it. */
    private Diagnosis withEarlierDoubt(Recipient recipient, Diagnosis diagnosis) {
        return wasDoubted(recipient) ? diagnosis.withEarlierDoubt() : diagnosis;
    }

    private void giveUp(Recipient recipient, Diagnosis diagnosis) {
        boolean warned = item.progress().of(recipient.path()).warned();
        dead.add(recipient);
        states.put(recipient.path(), new RecipientProgress(warned, true, Optional.of(diagnosis)));
    }

    private List<Placement> placements() {
        List<Placement> placements = new ArrayList<>();
        boolean isKept = !open.isEmpty() || !notAttempted.isEmpty();
        if (open.isEmpty() && isKept) {
            placements.add(Outcome.postpone(item.withRecipients(notAttempted), untriedDelay(), clock.now()));
        } else if (isKept) {
            // Recipients that were not attempted wait with those that are tried again first.
            for (Recipient recipient : notAttempted) {
                open.values().iterator().next().add(recipient);
                states.put(recipient.path(), untried(recipient));
            }
            open.forEach((wait, recipients) -> {
                QueueItem waiting = part(recipients, Optional.of(wait.due()));
                // The id, and with it the spool file, stays with the first.
                QueueItem named = placements.isEmpty()
                        ? waiting
                        : waiting.withId(item.id().afterAttempt(attempts, placements.size()));
                placements.add(new Placement(wait.queue(clock.now()), named));
            });
        }
        if (!dead.isEmpty()) {
            QueueItem given = part(dead, Optional.empty());
            // The id, and with it the spool file, stays with those that are tried again.
            placements.add(new Placement(
                    QueueNames.DEAD, isKept ? given.withId(item.id().afterAttempt(attempts)) : given));
        }
        return placements;
    }

    /** The state of a recipient that was not attempted; its sender is told if it does not get the message in time. */
    private RecipientProgress untried(Recipient recipient) {
        RecipientProgress state = item.progress().of(recipient.path());
        if (!Outcome.isLate(item, recipient, clock.now())) {
            return state;
        }
        tellLate(recipient, scheduleFor(recipient));
        return new RecipientProgress(true, state.permanent(), state.last());
    }

    private void tellLate(Recipient recipient, RetrySchedule schedule) {
        delayed.computeIfAbsent(Outcome.givenUpAt(item, schedule, clock.now()), unused -> new ArrayList<>())
                .add(new Notice.NotifiedRecipient(
                        recipient, Outcome.tooLate(item.deadline().orElseThrow(), "4.4.7")));
    }

    private RetrySchedule scheduleFor(Recipient recipient) {
        RecipientResult result =
                Objects.requireNonNull(report.resultByRecipient().get(recipient.path()));
        return retries.scheduleFor(item, recipient, result);
    }

    /** How long recipients wait that were not attempted, while no other waits. */
    private Duration untriedDelay() {
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        return notAttempted.stream()
                .filter(recipient -> results.get(recipient.path()) instanceof RecipientResult.NotAttempted untried
                        && untried.isSuspended())
                .map(recipient -> scheduleFor(recipient).delayAfter(attempts))
                .min(Comparator.naturalOrder())
                .orElse(Outcome.BUSY_DELAY);
    }

    /**
     * Not later than the age limit, so that the last attempt is made at exactly that age. Mail that is older, but
     * not given up since its age is in doubt, waits for the whole delay.
     */
    private Wait waitFor(RetrySchedule schedule) {
        Duration delay = schedule.delayAfter(attempts);
        Instant now = clock.now();
        Instant due = now.plus(delay);
        Instant oldest = Outcome.givenUpAt(item, schedule, clock.now());
        Instant next = due.isAfter(oldest) && oldest.isAfter(now) ? oldest : due;
        Optional<Instant> deadline = Outcome.wakeUp(item, next).filter(at -> at.isAfter(now));
        return new Wait(deadline.orElse(next), delay, deadline.isPresent());
    }

    private QueueItem part(List<Recipient> recipients, Optional<Instant> nextAttemptAt) {
        Map<ForwardPath, RecipientProgress> kept = new HashMap<>();
        for (Recipient recipient : recipients) {
            kept.put(recipient.path(), states.getOrDefault(recipient.path(), RecipientProgress.NEW));
        }
        Diagnosis first = states.getOrDefault(recipients.get(0).path(), RecipientProgress.NEW)
                .last()
                .orElseThrow();
        List<Attempt> log = item.progress().logWith(Attempt.of(report.at(), first));
        boolean isMissed =
                item.deadline().filter(by -> by.isMissed(clock.now())).isPresent();
        QueueItem told = isMissed ? item.deadlineTold() : item;
        return told.withRecipients(recipients)
                .withProgress(new Progress(
                        attempts, log, kept, nextAttemptAt, item.progress().suspension()));
    }

    private List<Notice> notices() {
        List<Notice> notices = new ArrayList<>();
        if (!delivered.isEmpty()) {
            notices.add(notice(Notice.Kind.DELIVERED, delivered, Optional.empty()));
        }
        if (!relayed.isEmpty()) {
            notices.add(notice(Notice.Kind.RELAYED, relayed, Optional.empty()));
        }
        delayed.forEach((retryUntil, told) -> notices.add(notice(Notice.Kind.DELAYED, told, Optional.of(retryUntil))));
        return notices;
    }

    private Notice notice(Notice.Kind kind, List<Notice.NotifiedRecipient> told, Optional<Instant> retryUntil) {
        Attempt attempt = Attempt.of(report.at(), told.get(0).diagnosis());
        Progress progress = new Progress(
                attempts,
                item.progress().logWith(attempt),
                item.progress().recipients(),
                item.progress().nextAttemptAt(),
                item.progress().suspension());
        return new Notice(kind, item.withProgress(progress), told, Notice.To.SENDER, retryUntil);
    }
}
