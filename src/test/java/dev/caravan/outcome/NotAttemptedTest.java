package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.RetrySchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Mail that waits for its turn at a busy destination. */
class NotAttemptedTest {
    private static final Instant ARRIVED = ItemExamples.ARRIVED;
    private static final Instant LIMIT = ARRIVED.plus(Duration.ofDays(5));
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final ForwardPath B = ForwardPath.of("b@example.net");
    private static final ForwardPath C = ForwardPath.of("c@example.net");
    private static final Diagnosis BUSY = Diagnosis.ours("4.4.5", "busy");
    private static final Diagnosis LATER = Diagnosis.ours("4.2.0", "450 4.2.0 later");

    @Test
    void waitsAsItIsAndNothingCounts() {
        Instant now = ARRIVED.plus(Duration.ofHours(1));
        QueueItem item = tried(now.minus(QUARTER), B, C);
        Settlement settlement = settle(item, now, notAttempted(B), notAttempted(C));
        assertEquals(List.of(), settlement.notices());
        Placement waiting = only(settlement);
        assertEquals("mail.retry.30s", waiting.queue());
        Progress before = item.progress();
        Progress after =
                new Progress(before.attempts(), before.log(), before.recipients(), Optional.of(now.plusSeconds(30)));
        assertEquals(item.withProgress(after), waiting.item());
    }

    @Test
    void itsSenderIsToldOnceThatItIsLateAlsoIfOthersWereTried() {
        DeliverBy by = new DeliverBy(ARRIVED.plusSeconds(60), DeliverBy.Mode.NOTIFY, false);
        QueueItem item = item(B, C);
        QueueItem urgent =
                item.withParameters(item.mail().envelope().parameters().withDeliverBy(Optional.of(by)));
        Settlement settlement = settle(urgent, ARRIVED.plusSeconds(70), deferred(B), notAttempted(C));
        List<ForwardPath> told = settlement.notices().stream()
                .flatMap(notice -> notice.recipients().stream())
                .map(notified -> notified.recipient().path())
                .toList();
        assertEquals(List.of(B, C), told);
        QueueItem waiting = only(settlement).item();
        assertEquals(
                List.of(),
                settle(waiting, ARRIVED.plusSeconds(80), deferred(B), notAttempted(C))
                        .notices());
    }

    @Test
    void itsSenderIsToldOnceOfADelay() {
        Instant late = ARRIVED.plus(Duration.ofHours(4));
        assertEquals(
                List.of(), settle(item(B), late.minusMillis(1), notAttempted(B)).notices());
        Settlement settlement = settle(item(B), late, notAttempted(B));
        Notice notice = settlement.notices().get(0);
        assertEquals(Notice.Kind.DELAYED, notice.kind());
        assertEquals(Optional.of(LIMIT), notice.retryUntil());
        assertEquals(BUSY, notice.recipients().get(0).diagnosis());
        QueueItem waiting = only(settlement).item();
        assertEquals(
                new RecipientProgress(true, false, Optional.empty()),
                waiting.progress().of(B));
        assertEquals(
                List.of(),
                settle(waiting, late.plusSeconds(30), notAttempted(B)).notices());
        Settlement ofTried = settle(tried(late.minus(QUARTER), B), late, notAttempted(B));
        assertEquals(LATER, ofTried.notices().get(0).recipients().get(0).diagnosis());
    }

    @Test
    void isGivenUpAtTheAgeLimitIfItNeverHadAPlace() {
        QueueItem waited = only(settle(item(B), LIMIT.minus(Duration.ofHours(1)), notAttempted(B)))
                .item();
        Placement dead = only(settle(waited, LIMIT, notAttempted(B)));
        assertEquals("mail.dead", dead.queue());
        assertEquals(0, dead.item().progress().attempts());
        assertEquals(
                BUSY,
                Outcome.bounce(dead.item(), Optional.empty())
                        .get(0)
                        .recipients()
                        .get(0)
                        .diagnosis());
    }

    @Test
    void isGivenUpAtTheAgeLimitWithWhatWasSaidLast() {
        QueueItem item = tried(LIMIT.minus(QUARTER), B);
        assertEquals(
                "mail.retry.30s",
                only(settle(item, LIMIT.minusMillis(1), notAttempted(B))).queue());
        Placement dead = only(settle(item, LIMIT, notAttempted(B)));
        assertEquals("mail.dead", dead.queue());
        assertEquals(item.id(), dead.item().id());
        assertEquals(item.progress().attempts(), dead.item().progress().attempts());
        assertEquals(item.progress().log(), dead.item().progress().log());
        assertEquals(
                new RecipientProgress(false, true, Optional.of(LATER)),
                dead.item().progress().of(B));
        assertEquals(
                LATER,
                Outcome.bounce(dead.item(), Optional.empty())
                        .get(0)
                        .recipients()
                        .get(0)
                        .diagnosis());
    }

    @Test
    void isTriedOnceMoreIfItWasNotForLong() {
        // Never tried, as we were down; and sent again by an operator after it was returned.
        assertEquals(
                "mail.retry.30s",
                only(settle(item(B), LIMIT.plusSeconds(1), notAttempted(B))).queue());
        QueueItem returned = tried(LIMIT, B);
        assertEquals(
                "mail.retry.30s",
                only(settle(returned, LIMIT.plus(Duration.ofDays(1)), notAttempted(B)))
                        .queue());
    }

    @Test
    void isNotGivenUpBecauseThisServerWasBusyForAMoment() {
        // Sent again by an operator when it is old: it finds no place twice within half a minute.
        Instant now = LIMIT.plus(Duration.ofDays(1));
        QueueItem waiting = only(settle(tried(LIMIT, B), now, notAttempted(B))).item();
        assertEquals(
                "mail.retry.30s",
                only(settle(waiting, now.plusSeconds(31), notAttempted(B))).queue());
        assertEquals(
                "mail.dead",
                only(settle(waiting, now.plus(Duration.ofHours(1)), notAttempted(B)))
                        .queue());
    }

    @Test
    void leavesOnlyWhoIsNotDelivered() {
        Placement waiting = only(settle(item(B, C), ARRIVED.plusSeconds(1), delivered(B), notAttempted(C)));
        assertEquals("mail.retry.30s", waiting.queue());
        assertEquals(List.of(Recipient.of(C)), waiting.item().recipients());
        assertEquals(0, waiting.item().progress().attempts());
    }

    @Test
    void waitsWithThoseWhoWereDeferred() {
        Placement waiting = only(settle(item(B, C), ARRIVED.plusSeconds(1), notAttempted(B), deferred(C)));
        assertEquals("mail.retry.15m", waiting.queue());
        assertEquals(2, waiting.item().recipients().size());
        assertEquals(1, waiting.item().progress().attempts());
        assertEquals(Optional.empty(), waiting.item().progress().of(B).last());
        assertEquals(Optional.of(LATER), waiting.item().progress().of(C).last());
    }

    @Test
    void keepsItsIdWhenOthersFail() {
        QueueItem item = item(B, C);
        Settlement settlement = settle(item, ARRIVED.plusSeconds(1), notAttempted(B), failed(C));
        assertEquals(2, settlement.placements().size());
        assertEquals("mail.retry.30s", settlement.placements().get(0).queue());
        assertEquals(item.id(), settlement.placements().get(0).item().id());
        assertEquals("mail.dead", settlement.placements().get(1).queue());
        assertTrue(settlement.keeps(item.id()));
    }

    private static Settlement settle(QueueItem item, Instant now, RecipientResult... results) {
        DeliveryReport report = new DeliveryReport(now, List.of(results));
        return Outcome.settle(
                item,
                report,
                RetryRules.always(RetrySchedule.DEFAULT),
                NotificationRules.DEFAULT,
                Reading.trusted(now));
    }

    private static Placement only(Settlement settlement) {
        assertEquals(1, settlement.placements().size());
        return settlement.placements().get(0);
    }

    private static QueueItem item(ForwardPath... paths) {
        return ItemExamples.with(
                Arrays.stream(paths).map(path -> Recipient.of(path)).toList());
    }

    private static QueueItem tried(Instant at, ForwardPath... paths) {
        Map<ForwardPath, RecipientProgress> states = new java.util.HashMap<>();
        for (ForwardPath path : paths) {
            states.put(path, new RecipientProgress(false, false, Optional.of(LATER)));
        }
        return item(paths)
                .withProgress(new Progress(3, List.of(Attempt.of(at, LATER)), states, Optional.of(at.plus(QUARTER))));
    }

    private static RecipientResult notAttempted(ForwardPath path) {
        return new RecipientResult.NotAttempted(path, BUSY);
    }

    private static RecipientResult delivered(ForwardPath path) {
        return new RecipientResult.Delivered(path, Diagnosis.ours("2.0.0", "ok"), RecipientResult.Handling.RELAYED);
    }

    private static RecipientResult deferred(ForwardPath path) {
        return new RecipientResult.Deferred(path, LATER);
    }

    private static RecipientResult failed(ForwardPath path) {
        return new RecipientResult.Failed(path, Diagnosis.ours("5.1.1", "550 none"));
    }
}
