package dev.caravan.outcome;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.RetrySchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What follows from a delivery attempt: who is done, who is tried again and when, who is given up, and who is told.
 * Pure; the same attempt always has the same outcome, so it may be worked out again after a crash.
 */
public final class Outcome {
    /**
     * How the envelope id of a notice to the postmaster begins. A mail with it that fails is told to nobody, which ends
     * the loop however the postmaster's mail is forwarded: the envelope id stays when aliases change the recipient.
     */
    public static final String POSTMASTER_NOTICE = "postmaster-notice.";

    /** How long a mail waits whose destination has as many deliveries in hand as it may. */
    public static final Duration BUSY_DELAY = Duration.ofSeconds(30);

    private static final String NO_CAUSE = "The program that was to deliver this mail gave it up.";

    private Outcome() {}

    /**
     * Settles an attempt. Delivered recipients leave; deferred ones, and those without a result, wait, or are given up
     * when the message is too old; failed ones are given up. Those who wait stay in an item of the same id; if their
     * schedules have different delays, there is another item for each further delay. Recipients given up go to
     * {@code mail.dead}, in an item of their own if others stay. If none was tried, all wait for {@link #BUSY_DELAY} as
     * they are; too old, they are given up if their last attempt is not long ago, and get one more otherwise. Those not attempted
     * beside others wait with those that are tried again first.
     *
     * @param item as it was consumed.
     * @param report what became of its recipients; results for others are ignored.
     * @param retries when to try again and when to give up.
     * @param rules when to tell senders.
     * @param clock the time, at which delays begin, and for how long the clock has been steady.
     */
    public static Settlement settle(
            QueueItem item, DeliveryReport report, RetryRules retries, NotificationRules rules, Reading clock) {
        return wasTried(item, report)
                ? new SettlementBuilder(item, report, retries, rules, clock).settlement()
                : new Settlement(List.of(notAttempted(item, report, retries, clock)), List.of());
    }

    /** When a recipient of an item that is deferred is given up instead: at the age limit. */
    public static Instant givenUpAt(QueueItem item, RetrySchedule schedule) {
        return item.mail().arrival().at().plus(schedule.giveUpAfter());
    }

    private static boolean wasTried(QueueItem item, DeliveryReport report) {
        Set<ForwardPath> notAttempted = new HashSet<>();
        Set<ForwardPath> attempted = new HashSet<>();
        for (RecipientResult result : report.results()) {
            (result instanceof RecipientResult.NotAttempted ? notAttempted : attempted).add(result.recipient());
        }
        return item.recipients().stream()
                .anyMatch(
                        recipient -> attempted.contains(recipient.path()) || !notAttempted.contains(recipient.path()));
    }

    /**
     * What becomes of an item that waits for its turn. Too old, it is given up with what was said last; but if it was
     * not tried for longer than usual, because we were down or somebody sends it again, it gets an attempt first.
     */
    private static Placement notAttempted(QueueItem item, DeliveryReport report, RetryRules retries, Reading clock) {
        Instant now = clock.now();
        Progress before = item.progress();
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        List<RetrySchedule> schedules = item.recipients().stream()
                .map(recipient ->
                        retries.scheduleFor(item, recipient, Objects.requireNonNull(results.get(recipient.path()))))
                .toList();
        boolean isTooOld = schedules.stream()
                .allMatch(schedule -> new AgeLimit(schedule, clock)
                        .isReached(item.mail().arrival().at(), before.attempts()));
        Duration lately = schedules.stream()
                .map(schedule -> schedule.delayAfter(before.attempts()))
                .max(Comparator.naturalOrder())
                .orElseThrow()
                .multipliedBy(2);
        boolean wasTriedLately = before.log().stream()
                .anyMatch(attempt -> Duration.between(attempt.at(), now).compareTo(lately) <= 0);
        boolean isAllTried = item.recipients().stream()
                .allMatch(recipient -> before.of(recipient.path()).last().isPresent());
        if (!isTooOld || !wasTriedLately || !isAllTried) {
            return postpone(item, BUSY_DELAY, now);
        }
        Map<ForwardPath, RecipientProgress> hopeless = new HashMap<>();
        before.recipients()
                .forEach(
                        (path, state) -> hopeless.put(path, new RecipientProgress(state.warned(), true, state.last())));
        Progress after = new Progress(before.attempts(), before.log(), hopeless, Optional.empty());
        return new Placement(QueueNames.DEAD, item.withProgress(after));
    }

    /**
     * Puts an item off as it is, without counting an attempt and however old it is: for mail that cannot be tried for a
     * reason of ours, such as a missing spool file or a busy destination.
     *
     * @param delay how long; it names the queue.
     */
    public static Placement postpone(QueueItem item, Duration delay, Instant now) {
        Progress before = item.progress();
        Progress after =
                new Progress(before.attempts(), before.log(), before.recipients(), Optional.of(now.plus(delay)));
        return new Placement(RetrySchedule.queueName(delay), item.withProgress(after));
    }

    /**
     * Who is told about an item in {@code mail.dead}: the sender, of those recipients for whom failure is to be
     * reported; the postmaster, if there is no sender, as such a mail cannot be returned (RFC 5321 §6.1); nobody, if it
     * is itself a notice to the postmaster.
     *
     * @param dead the item; all its recipients have failed, whatever put it there.
     * @param brokerCause why the broker put it there, for recipients that settling had not given up.
     * @return one notice or none.
     */
    public static List<Notice> bounce(QueueItem dead, Optional<String> brokerCause) {
        boolean returnable = !dead.mail().envelope().reversePath().isNull();
        if (!returnable && isPostmasterNotice(dead)) {
            return List.of();
        }
        List<Notice.Told> told = new ArrayList<>();
        for (Recipient recipient : dead.recipients()) {
            // NOTIFY binds what the sender is told; the postmaster is told so that a mail is never lost in silence.
            if (!returnable || recipient.notification().wants(Condition.FAILURE)) {
                told.add(new Notice.Told(recipient, failure(dead.progress().of(recipient.path()), brokerCause)));
            }
        }
        if (told.isEmpty()) {
            return List.of();
        }
        Notice.To to = returnable ? Notice.To.SENDER : Notice.To.POSTMASTER;
        return List.of(new Notice(Notice.Kind.FAILED, dead, told, to, Optional.empty()));
    }

    /**
     * Who is told that a mail went to all who are behind an address: a sender who asked for SUCCESS, of which those
     * behind know nothing any more (RFC 3461 §5.2.7.3).
     *
     * @param item any item of the mail, not tried yet.
     * @param expanded the recipients that stood for several others, as the sender gave them.
     * @return one notice or none.
     */
    public static List<Notice> expanded(QueueItem item, List<Recipient> expanded, SuccessReports confirm) {
        if (confirm == SuccessReports.NEVER
                || item.mail().envelope().reversePath().isNull()) {
            return List.of();
        }
        List<Notice.Told> told = expanded.stream()
                .filter(recipient -> recipient.notification().wants(Condition.SUCCESS))
                .map(recipient -> new Notice.Told(recipient, Diagnosis.ours("2.1.5", "")))
                .toList();
        return told.isEmpty()
                ? List.of()
                : List.of(new Notice(Notice.Kind.EXPANDED, item, told, Notice.To.SENDER, Optional.empty()));
    }

    /** A stranger may give any envelope id, but not arrive as a report of ours. */
    private static boolean isPostmasterNotice(QueueItem item) {
        boolean isOurs = Arrival.OWN_REPORT.equals(item.mail().arrival().protocol());
        return isOurs
                && item.mail()
                        .envelope()
                        .parameters()
                        .envelopeId()
                        .filter(id -> id.startsWith(POSTMASTER_NOTICE))
                        .isPresent();
    }

    /** Why a recipient of dead mail failed. */
    static Diagnosis failure(RecipientProgress state, Optional<String> brokerCause) {
        if (state.hopeless() && state.last().isPresent()) {
            return state.last().get();
        }
        return Diagnosis.ours("5.3.0", brokerCause.orElse(NO_CAUSE));
    }
}
