package dev.caravan.outcome;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.DeliverBy;
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
import dev.caravan.queue.Suspension;
import dev.caravan.queue.TimedQueues;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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

    /** An attempt is recent if it ended at most so many retry delays ago. */
    private static final int TRIED_LATELY_DELAYS = 2;
    /** A turn is recent if it began at most so many retry delays ago: it may take four of them in a lane. */
    private static final int TURN_LATELY_DELAYS = 8;
    /** A turn that was shorter only found this server busy: that is no reason to give a message up. */
    private static final int SHORTEST_TURN_DELAYS = 2;

    private static final String NO_CAUSE = "The program that was to deliver this mail gave it up.";

    private Outcome() {}

    /**
     * Settles an attempt. Delivered recipients leave; deferred ones, and those without a result, wait, or are given up
     * when the message is too old; failed ones are given up. Those who wait stay in an item of the same id; if their
     * schedules have different delays, there is another item for each further delay. Recipients given up go to
     * {@code mail.dead}, in an item of their own if others stay. If none was tried, all wait for {@link #BUSY_DELAY}, and
     * no attempt is counted. If the message is too old, they are given up when their last attempt or turn was recent, and
     * get one more otherwise. Recipients that were not attempted while others were wait together with those that are tried again
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
        Suspension before = item.progress().suspension();
        if (wasTried(item, report)) {
            QueueItem tried = item.withProgress(item.progress().with(before.ended(clock.now())));
            return new SettlementBuilder(tried, report, retries, rules, clock).settlement();
        } else if (isSuspended(report)) {
            QueueItem suspended = item.withProgress(item.progress().with(before.begun(clock.now())));
            return suspended(suspended, report, retries, rules, clock);
        }
        return notAttempted(item, report, retries, rules, clock);
    }

    private static boolean isSuspended(DeliveryReport report) {
        return report.results().stream()
                .anyMatch(result -> result instanceof RecipientResult.NotAttempted untried && untried.isSuspended());
    }

    /**
     * Settles an item whose next hop takes nothing for now: it waits for its usual delay, no attempt is counted, it is not
     * given up however old it is (except at a deadline of its sender's), and its sender is told of the delay.
     */
    private static Settlement suspended(
            QueueItem item, DeliveryReport report, RetryRules retries, NotificationRules rules, Reading clock) {
        Optional<DeliverBy> missed =
                item.deadline().filter(by -> by.isMissed(clock.now()) && by.mode() == DeliverBy.Mode.RETURN);
        if (missed.isPresent()) {
            return new Settlement(List.of(tooLate(item, missed.get())), List.of());
        }
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        Map<ForwardPath, RetrySchedule> schedules = schedules(item, results, retries);
        Duration delay = schedules.values().stream()
                .map(schedule -> schedule.delayAfter(item.progress().attempts()))
                .min(Comparator.naturalOrder())
                .orElseThrow();
        return delayed(item, results, schedules, rules, clock, delay);
    }

    private static Map<ForwardPath, RetrySchedule> schedules(
            QueueItem item, Map<ForwardPath, RecipientResult> results, RetryRules retries) {
        Map<ForwardPath, RetrySchedule> schedules = new HashMap<>();
        item.recipients()
                .forEach(recipient -> schedules.put(
                        recipient.path(),
                        retries.scheduleFor(item, recipient, Objects.requireNonNull(results.get(recipient.path())))));
        return schedules;
    }

    /**
     * Where a new item goes: to the queue of its transport, or to wait until its sender wants it released (RFC 4865).
     */
    public static Placement begin(QueueItem item, Instant now) {
        Optional<Instant> releaseAt = item.mail().envelope().parameters().releaseAt();
        Optional<String> later = releaseAt.flatMap(at -> TimedQueues.LATER.queue(at, now));
        return later.isPresent()
                ? new Placement(later.get(), item.withProgress(item.progress().withNextAttemptAt(releaseAt)))
                : new Placement(QueueNames.deliver(item.nextHop()), item);
    }

    /** An item that is released before the time that its sender chose; its age counts from now on. */
    public static Placement releaseNow(QueueItem item, Instant now) {
        QueueItem released =
                item.withParameters(item.mail().envelope().parameters().withReleaseAt(Optional.of(now)));
        return new Placement(QueueNames.deliver(item.nextHop()), released);
    }

    /**
     * The result of an attempt that is not made because the time is over until which the sender wanted the message
     * delivered (RFC 2852 §4.1.4).
     *
     * @return empty if the attempt is to be made.
     */
    public static Optional<DeliveryReport> missed(QueueItem item, Instant now) {
        return item.deadline()
                .filter(by -> by.isMissed(now))
                .map(by -> new DeliveryReport(
                        now,
                        item.recipients().stream()
                                .map(recipient -> missed(recipient, by))
                                .toList()));
    }

    private static RecipientResult missed(Recipient recipient, DeliverBy by) {
        return by.mode() == DeliverBy.Mode.RETURN
                ? new RecipientResult.Failed(recipient.path(), tooLate(by, "5.4.7"))
                : new RecipientResult.NotAttempted(recipient.path(), tooLate(by, "4.4.7"));
    }

    static Diagnosis tooLate(DeliverBy by, String status) {
        return Diagnosis.ours(status, "not delivered by " + by.at().truncatedTo(ChronoUnit.SECONDS));
    }

    /** When a recipient of an item that is deferred now is given up instead: at the age limit. */
    public static Instant givenUpAt(QueueItem item, RetrySchedule schedule, Instant now) {
        return countedFrom(item, now).plus(schedule.giveUpAfter());
    }

    /** From when the age limit is counted: the time in which the item was suspended does not count. */
    static Instant countedFrom(QueueItem item, Instant now) {
        return item.since().plus(item.progress().suspension().until(now));
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
     * Settles an item of which no recipient was attempted: its sender is told of a delay as of any other. If it is too
     * old, it is given up with the last reply, or with why it was not attempted; but if its last attempt or its last turn
     * is longer ago than usual, because the server was down or an operator sends it again, it gets one more.
     */
    private static Settlement notAttempted(
            QueueItem item, DeliveryReport report, RetryRules retries, NotificationRules rules, Reading clock) {
        Instant now = clock.now();
        Progress before = item.progress();
        Map<ForwardPath, RecipientResult> results = report.resultByRecipient();
        Optional<DeliverBy> missed = item.deadline().filter(by -> by.isMissed(now));
        if (missed.filter(by -> by.mode() == DeliverBy.Mode.RETURN).isPresent()) {
            return new Settlement(List.of(tooLate(item, missed.get())), List.of());
        }
        Map<ForwardPath, RetrySchedule> schedules = schedules(item, results, retries);
        Instant from = countedFrom(item, now);
        boolean isTooOld = schedules.values().stream()
                .allMatch(schedule -> new AgeLimit(schedule, clock).isReached(from, before.attempts()));
        Duration delay = schedules.values().stream()
                .map(schedule -> schedule.delayAfter(before.attempts()))
                .max(Comparator.naturalOrder())
                .orElseThrow();
        boolean wasTriedLately = before.log().stream()
                .anyMatch(attempt -> isWithin(delay.multipliedBy(TRIED_LATELY_DELAYS), attempt.at(), now));
        boolean isAllTried = item.recipients().stream()
                .allMatch(recipient -> before.of(recipient.path()).last().isPresent());
        boolean hadTurnLately = before.nextAttemptAt()
                .filter(due -> isWithin(delay.multipliedBy(TURN_LATELY_DELAYS), due, now)
                        && !isWithin(delay.multipliedBy(SHORTEST_TURN_DELAYS), due, now))
                .isPresent();
        if (isTooOld && (hadTurnLately || (wasTriedLately && isAllTried))) {
            return new Settlement(List.of(givenUp(item, results)), List.of());
        }
        return delayed(item, results, schedules, rules, clock, BUSY_DELAY);
    }

    private static boolean isWithin(Duration limit, Instant at, Instant now) {
        return Duration.between(at, now).compareTo(limit) <= 0;
    }

    private static Placement tooLate(QueueItem item, DeliverBy by) {
        Map<ForwardPath, RecipientResult> results = new HashMap<>();
        item.recipients().forEach(recipient -> {
            boolean isDoubted = item.progress()
                    .of(recipient.path())
                    .last()
                    .filter(Diagnosis::mayHaveArrived)
                    .isPresent();
            Diagnosis late = tooLate(by, "5.4.7");
            Diagnosis why = isDoubted ? late.withEarlierDoubt() : late;
            results.put(recipient.path(), new RecipientResult.NotAttempted(recipient.path(), why));
        });
        QueueItem untried = item.withProgress(
                new Progress(item.progress().attempts(), item.progress().log(), Map.of(), Optional.empty()));
        return givenUp(untried, results);
    }

    private static Placement givenUp(QueueItem item, Map<ForwardPath, RecipientResult> results) {
        Progress before = item.progress();
        Map<ForwardPath, RecipientProgress> states = new HashMap<>();
        for (Recipient recipient : item.recipients()) {
            ForwardPath path = recipient.path();
            RecipientProgress state = before.of(path);
            states.put(path, new RecipientProgress(state.warned(), true, Optional.of(lastOf(state, results, path))));
        }
        Progress after = new Progress(before.attempts(), before.log(), states, Optional.empty());
        return new Placement(QueueNames.DEAD, item.withProgress(after));
    }

    private static Diagnosis lastOf(
            RecipientProgress state, Map<ForwardPath, RecipientResult> results, ForwardPath path) {
        return state.last()
                .orElseGet(
                        () -> ((RecipientResult.NotAttempted) Objects.requireNonNull(results.get(path))).diagnosis());
    }

    private static Settlement delayed(
            QueueItem item,
            Map<ForwardPath, RecipientResult> results,
            Map<ForwardPath, RetrySchedule> schedules,
            NotificationRules rules,
            Reading clock,
            Duration delay) {
        Progress before = item.progress();
        Map<ForwardPath, RecipientProgress> states = new HashMap<>(before.recipients());
        Map<Instant, List<Notice.NotifiedRecipient>> told = new LinkedHashMap<>();
        for (Recipient recipient : item.recipients()) {
            ForwardPath path = recipient.path();
            RecipientProgress state = before.of(path);
            RetrySchedule schedule = Objects.requireNonNull(schedules.get(path));
            boolean isLate = isLate(item, recipient, clock.now());
            boolean isOld = !state.warned()
                    && mayWarn(item, recipient, new AgeLimit(schedule, clock), before.attempts(), rules);
            if (isLate || isOld) {
                Diagnosis why = isLate ? tooLate(item.deadline().orElseThrow(), "4.4.7") : lastOf(state, results, path);
                told.computeIfAbsent(givenUpAt(item, schedule, clock.now()), unused -> new ArrayList<>())
                        .add(new Notice.NotifiedRecipient(recipient, why));
                states.put(path, new RecipientProgress(true, state.permanent(), state.last()));
            }
        }
        List<Notice> notices = new ArrayList<>();
        told.forEach((retryUntil, recipients) -> notices.add(
                new Notice(Notice.Kind.DELAYED, item, recipients, Notice.To.SENDER, Optional.of(retryUntil))));
        QueueItem waiting = item.withProgress(
                new Progress(before.attempts(), before.log(), states, before.nextAttemptAt(), before.suspension()));
        boolean isMissed =
                item.deadline().filter(by -> by.isMissed(clock.now())).isPresent();
        QueueItem left = isMissed ? waiting.deadlineTold() : waiting;
        return new Settlement(List.of(postpone(left, delay, clock.now())), notices);
    }

    /** Whether the sender is to be told now that a recipient does not get the message in time (RFC 2852 §4.1.4). */
    static boolean isLate(QueueItem item, Recipient recipient, Instant now) {
        return item.deadline().filter(by -> by.isMissed(now)).isPresent()
                && recipient.notification().wants(Condition.DELAY)
                && !item.mail().envelope().reversePath().isNull();
    }

    /**
     * Whether the sender is to be told of a delay now.
     *
     * @param attempts the number of attempts made.
     */
    static boolean mayWarn(QueueItem item, Recipient recipient, AgeLimit limit, int attempts, NotificationRules rules) {
        Instant arrivedAt = item.since();
        return limit.age(arrivedAt).compareTo(rules.warnAfter()) >= 0
                && limit.isAgeKnown(arrivedAt, attempts)
                && recipient.notification().wants(Condition.DELAY)
                && !item.mail().envelope().reversePath().isNull();
    }

    /**
     * Postpones an item as it is, however old it is and without counting an attempt: for mail that this server cannot try
     * now, because of a missing spool file or a busy destination. It waits no longer than until its deadline.
     *
     * @param delay how long; it names the queue.
     */
    public static Placement postpone(QueueItem item, Duration delay, Instant now) {
        Optional<Instant> deadline = wakeUp(item, now.plus(delay));
        Optional<String> timed = deadline.flatMap(at -> TimedQueues.RETRY.queue(at, now));
        Instant due = timed.isPresent() ? deadline.orElseThrow() : now.plus(delay);
        QueueItem waiting = item.withProgress(item.progress().withNextAttemptAt(Optional.of(due)));
        return new Placement(timed.orElseGet(() -> RetrySchedule.queueName(delay)), waiting);
    }

    /** The deadline of an item, if it is before the time at which it is tried again anyway. */
    static Optional<Instant> wakeUp(QueueItem item, Instant due) {
        return item.deadline().map(DeliverBy::at).filter(at -> at.isBefore(due));
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
