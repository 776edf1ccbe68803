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
 * What follows from a delivery attempt: which recipients are done, which are tried again and when, which are given up, and
 * who receives a report. Pure: the same attempt always has the same outcome, so that it can be settled again after a
 * crash.
 */
public final class Outcome {
    /**
     * The prefix of the envelope id of a report to the postmaster. If such a report fails, no further report is sent, which
     * ends the loop however the postmaster's mail is forwarded: the envelope id stays when aliases change the recipient.
     */
    public static final String POSTMASTER_NOTICE = "postmaster-notice.";

    /** How long a message waits whose destination has its share of deliveries already. */
    public static final Duration BUSY_DELAY = Duration.ofSeconds(30);

    private static final String NO_CAUSE = "The program that was to deliver this mail gave it up.";

    private Outcome() {}

    /**
     * Settles an attempt. Delivered recipients leave; deferred ones, and those without a result, wait, or are given up
     * when the message is too old; failed ones are given up. Those who wait stay in an item of the same id; if their
     * schedules have different delays, there is another item for each further delay. Recipients given up go to
     * {@code mail.dead}, in an item of their own if others stay. If none was tried, all wait for {@link #BUSY_DELAY} as
     * they are. If the message is too old, they are given up when their last attempt was recent, and get one more
     * otherwise. Recipients that were not attempted while others were wait together with those that are tried again
     * first.
     *
     * @param item as it was consumed.
     * @param report the results of its recipients; results of others are ignored.
     * @param retries when to try again and when to give up.
     * @param rules when senders receive reports.
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
     * Places an item of which no recipient was attempted. If it is too old, it is given up with the last reply; but if
     * the last attempt is longer ago than usual, because the server was down or an operator sends it again, it gets one
     * more.
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
        Map<ForwardPath, RecipientProgress> givenUp = new HashMap<>();
        before.recipients()
                .forEach((path, state) -> givenUp.put(path, new RecipientProgress(state.warned(), true, state.last())));
        Progress after = new Progress(before.attempts(), before.log(), givenUp, Optional.empty());
        return new Placement(QueueNames.DEAD, item.withProgress(after));
    }

    /**
     * Postpones an item as it is, however old it is and without counting an attempt: for mail that this server cannot try
     * now, because of a missing spool file or a busy destination.
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
     * The report about an item in {@code mail.dead}: to the sender, about the recipients for which failure is to be
     * reported; to the postmaster if the reverse-path is null, since such a message cannot be returned (RFC 5321 §6.1);
     * none if the message is itself a report to the postmaster.
     *
     * @param dead the item; all its recipients have failed.
     * @param brokerCause why the broker put it there, for recipients that settling had not given up.
     * @return one notice or none.
     */
    public static List<Notice> bounce(QueueItem dead, Optional<String> brokerCause) {
        boolean returnable = !dead.mail().envelope().reversePath().isNull();
        if (!returnable && isPostmasterNotice(dead)) {
            return List.of();
        }
        List<Notice.NotifiedRecipient> told = new ArrayList<>();
        for (Recipient recipient : dead.recipients()) {
            // NOTIFY limits reports to the sender; the postmaster gets one anyway, so that no message is lost silently.
            if (!returnable || recipient.notification().wants(Condition.FAILURE)) {
                told.add(new Notice.NotifiedRecipient(
                        recipient, failure(dead.progress().of(recipient.path()), brokerCause)));
            }
        }
        if (told.isEmpty()) {
            return List.of();
        }
        Notice.To to = returnable ? Notice.To.SENDER : Notice.To.POSTMASTER;
        return List.of(new Notice(Notice.Kind.FAILED, dead, told, to, Optional.empty()));
    }

    /**
     * The report that an address was expanded: to a sender who asked for SUCCESS, since that request is not passed on to
     * the addresses behind it (RFC 3461 §5.2.7.3).
     *
     * @param item any item of the message, not attempted yet.
     * @param expanded the recipients that were expanded, as the sender gave them.
     * @return one notice or none.
     */
    public static List<Notice> expanded(QueueItem item, List<Recipient> expanded, SuccessReports confirm) {
        if (confirm == SuccessReports.NEVER
                || item.mail().envelope().reversePath().isNull()) {
            return List.of();
        }
        List<Notice.NotifiedRecipient> told = expanded.stream()
                .filter(recipient -> recipient.notification().wants(Condition.SUCCESS))
                .map(recipient -> new Notice.NotifiedRecipient(recipient, Diagnosis.ours("2.1.5", "")))
                .toList();
        return told.isEmpty()
                ? List.of()
                : List.of(new Notice(Notice.Kind.EXPANDED, item, told, Notice.To.SENDER, Optional.empty()));
    }

    /** A client may choose any envelope id, but its message does not arrive as a report of this server. */
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
        if (state.permanent() && state.last().isPresent()) {
            return state.last().get();
        }
        return Diagnosis.ours("5.3.0", brokerCause.orElse(NO_CAUSE));
    }
}
