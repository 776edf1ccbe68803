package dev.caravan.outcome;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Works out the outcome of an attempt in which one recipient at least was tried; lives for one call. */
final class SettlementBuilder {
    private static final String NO_RESULT = "The delivery attempt ended without a result for this recipient.";

    private final QueueItem item;
    private final DeliveryReport report;
    private final RetrySchedule schedule;
    private final NotificationRules rules;
    private final Instant now;
    private final AgeLimit limit;
    private final int attempts;
    private final List<Notice.Told> delivered = new ArrayList<>();
    private final List<Notice.Told> relayed = new ArrayList<>();
    private final List<Notice.Told> delayed = new ArrayList<>();
    private final List<Recipient> open = new ArrayList<>();
    private final List<Recipient> untried = new ArrayList<>();
    private final List<Recipient> dead = new ArrayList<>();
    private final Map<ForwardPath, RecipientProgress> states = new HashMap<>();

    SettlementBuilder(
            QueueItem item, DeliveryReport report, RetrySchedule schedule, NotificationRules rules, Reading clock) {
        this.item = item;
        this.report = report;
        this.schedule = schedule;
        this.rules = rules;
        this.now = clock.now();
        this.limit = new AgeLimit(schedule, clock);
        this.attempts = item.progress().attempts() == Integer.MAX_VALUE
                ? Integer.MAX_VALUE
                : item.progress().attempts() + 1;
    }

    Settlement settlement() {
        Map<ForwardPath, RecipientResult> results = OneResultEach.of(report);
        for (Recipient recipient : item.recipients()) {
            RecipientResult result = results.getOrDefault(recipient.path(), withoutResult(recipient));
            if (result instanceof RecipientResult.Delivered success) {
                confirm(recipient, success);
            } else if (result instanceof RecipientResult.Failed failure) {
                giveUp(recipient, withEarlierDoubt(recipient, ofKind(5, failure.diagnosis())));
            } else if (result instanceof RecipientResult.Deferred deferral) {
                defer(recipient, ofKind(4, deferral.diagnosis()));
            } else if (result instanceof RecipientResult.Untried) {
                untried.add(recipient);
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

    /** The diagnosis with a status that agrees with what we make of it; the reply stays as it was said. */
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
        List<Notice.Told> told = success.handling() == RecipientResult.Handling.FINAL ? delivered : relayed;
        told.add(new Notice.Told(recipient, ofKind(2, success.diagnosis())));
    }

    private boolean mayConfirm(Recipient recipient, RecipientResult.Handling handling) {
        if (item.mail().envelope().reversePath().isNull()) {
            return false;
        }
        return switch (rules.confirm()) {
            case ALWAYS -> !recipient.notification().isNever();
            // A peer that knows DSN took the sender's wish over, and reports itself (RFC 3461 §5.2.2).
            case ON_REQUEST ->
                handling != RecipientResult.Handling.PASSED_ON
                        && recipient.notification().wants(Condition.SUCCESS);
            case NEVER -> false;
        };
    }

    /**
     * Defers a recipient, or gives it up when the mail is too old. Given up, it keeps the status 4.y.z of the last
     * attempt and does not get 4.4.7: RFC 3463 §3.5 asks for the code of the actual problem, and class 4 in a failure
     * report tells the sender that sending again later may help. A recipient to whom the message may have arrived gets
     * one more attempt that goes as far: a server whose answers cannot be read may take a copy each time.
     */
    private void defer(Recipient recipient, Diagnosis said) {
        Diagnosis diagnosis = withEarlierDoubt(recipient, said);
        boolean isDoubtedAgain = said.mayHaveArrived() && wasDoubted(recipient);
        if (isTooOld() || isDoubtedAgain) {
            giveUp(recipient, diagnosis);
            return;
        }
        boolean warned = item.progress().of(recipient.path()).warned();
        if (!warned && mayWarn(recipient)) {
            delayed.add(new Notice.Told(recipient, diagnosis));
            warned = true;
        }
        open.add(recipient);
        states.put(recipient.path(), new RecipientProgress(warned, false, Optional.of(diagnosis)));
    }

    private boolean wasDoubted(Recipient recipient) {
        return item.progress()
                .of(recipient.path())
                .last()
                .filter(Diagnosis::mayHaveArrived)
                .isPresent();
    }

    /** What was said last is all that an item keeps of a recipient, so an earlier doubt goes on in its words. */
    private Diagnosis withEarlierDoubt(Recipient recipient, Diagnosis diagnosis) {
        return wasDoubted(recipient) ? diagnosis.withEarlierDoubt() : diagnosis;
    }

    private boolean isTooOld() {
        return limit.isReached(arrivedAt(), attempts);
    }

    private boolean mayWarn(Recipient recipient) {
        return limit.age(arrivedAt()).compareTo(rules.warnAfter()) >= 0
                && limit.isAgeKnown(arrivedAt(), attempts)
                && recipient.notification().wants(Condition.DELAY)
                && !item.mail().envelope().reversePath().isNull();
    }

    private void giveUp(Recipient recipient, Diagnosis diagnosis) {
        boolean warned = item.progress().of(recipient.path()).warned();
        dead.add(recipient);
        states.put(recipient.path(), new RecipientProgress(warned, true, Optional.of(diagnosis)));
    }

    private Instant arrivedAt() {
        return item.mail().arrival().at();
    }

    private List<Placement> placements() {
        List<Placement> placements = new ArrayList<>();
        boolean isKept = !open.isEmpty() || !untried.isEmpty();
        if (open.isEmpty() && isKept) {
            placements.add(Outcome.postpone(item.withRecipients(untried), Outcome.TURN_DELAY, now));
        } else if (isKept) {
            // One item waits in one queue, with those who were tried.
            for (Recipient recipient : untried) {
                open.add(recipient);
                states.put(recipient.path(), item.progress().of(recipient.path()));
            }
            Duration delay = schedule.delayAfter(attempts);
            QueueItem waiting = part(open, Optional.of(nextAttemptAt(delay)));
            placements.add(new Placement(RetrySchedule.queueName(delay), waiting));
        }
        if (!dead.isEmpty()) {
            QueueItem given = part(dead, Optional.empty());
            // The id, and with it the spool file, stays with those who are tried again.
            placements.add(new Placement(
                    QueueNames.DEAD, isKept ? given.withId(item.id().afterAttempt(attempts)) : given));
        }
        return placements;
    }

    /**
     * Not later than the age limit, so that the last attempt is made when the mail is exactly that old. Mail that is
     * older, but not given up since its age is in doubt, waits for the whole delay.
     */
    private Instant nextAttemptAt(Duration delay) {
        Instant due = now.plus(delay);
        Instant oldest = arrivedAt().plus(schedule.giveUpAfter());
        return due.isAfter(oldest) && oldest.isAfter(now) ? oldest : due;
    }

    private QueueItem part(List<Recipient> recipients, Optional<Instant> nextAttemptAt) {
        Map<ForwardPath, RecipientProgress> kept = new HashMap<>();
        for (Recipient recipient : recipients) {
            kept.put(recipient.path(), states.getOrDefault(recipient.path(), RecipientProgress.NEW));
        }
        Diagnosis first = kept.get(recipients.get(0).path()).last().orElseThrow();
        List<Attempt> log = item.progress().logWith(Attempt.of(report.at(), first));
        return item.withRecipients(recipients).withProgress(new Progress(attempts, log, kept, nextAttemptAt));
    }

    private List<Notice> notices() {
        List<Notice> notices = new ArrayList<>();
        notice(Notice.Kind.DELIVERED, delivered).ifPresent(notices::add);
        notice(Notice.Kind.RELAYED, relayed).ifPresent(notices::add);
        notice(Notice.Kind.DELAYED, delayed).ifPresent(notices::add);
        return notices;
    }

    private Optional<Notice> notice(Notice.Kind kind, List<Notice.Told> told) {
        if (told.isEmpty()) {
            return Optional.empty();
        }
        Attempt attempt = Attempt.of(report.at(), told.get(0).diagnosis());
        Progress progress = new Progress(
                attempts,
                item.progress().logWith(attempt),
                item.progress().recipients(),
                item.progress().nextAttemptAt());
        Optional<Instant> retryUntil = kind == Notice.Kind.DELAYED
                ? Optional.of(item.mail().arrival().at().plus(schedule.giveUpAfter()))
                : Optional.empty();
        return Optional.of(new Notice(kind, item.withProgress(progress), told, Notice.To.SENDER, retryUntil));
    }
}
