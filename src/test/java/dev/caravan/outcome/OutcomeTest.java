package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.RetrySchedule;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeTest {
    private static final Instant ARRIVED = ItemExamples.ARRIVED;
    private static final Instant SOON = ARRIVED.plusSeconds(1);
    private static final Duration DELAY = Duration.ofMinutes(15);
    private static final ForwardPath B = ForwardPath.of("b@example.net");
    private static final ForwardPath C = ForwardPath.of("c@example.net");
    private static final ForwardPath D = ForwardPath.of("d@example.net");
    private static final Notify ON_SUCCESS = Notify.of(Condition.SUCCESS);

    @Test
    void leavesNothingOfADeliveredItem() {
        Settlement settlement = settle(item(B), SOON, delivered(B, Handling.RELAYED));
        assertEquals(List.of(), settlement.placements());
        assertEquals(List.of(), settlement.notices());
    }

    @Test
    void keepsDeferredRecipientsUnderTheSameIdForTheDelay() {
        QueueItem item = item(B, C);
        Settlement settlement = settle(item, SOON, delivered(B, Handling.RELAYED), deferred(C));
        Placement waiting = only(settlement);
        assertEquals("mail.retry.15m", waiting.queue());
        assertEquals(item.id(), waiting.item().id());
        assertEquals(List.of(C), paths(waiting.item()));
        Progress progress = waiting.item().progress();
        assertEquals(1, progress.attempts());
        assertEquals(Optional.of(SOON.plus(DELAY)), progress.nextAttemptAt());
        assertEquals("450 4.2.0 later", progress.log().get(0).reply());
        assertEquals("mx.example.net", progress.log().get(0).remote());
        assertEquals(
                Optional.of(said("4.2.0", "450 4.2.0 later")), progress.of(C).last());
        assertTrue(settlement.keeps(item.id()));
    }

    @Test
    void takesARecipientWithoutResultForDeferred() {
        Placement waiting = only(settle(item(B, C), SOON, delivered(B, Handling.RELAYED)));
        assertEquals(List.of(C), paths(waiting.item()));
        assertEquals(
                "4.3.0",
                waiting.item().progress().of(C).last().orElseThrow().status().toString());
    }

    @Test
    void keepsTheIdOfAnItemThatFailsWhole() {
        QueueItem item = item(B, C);
        Placement dead = only(settle(item, SOON, failed(B), failed(C)));
        assertEquals("mail.dead", dead.queue());
        assertEquals(item.id(), dead.item().id());
        assertTrue(dead.item().progress().of(B).permanent());
        assertEquals(Optional.empty(), dead.item().progress().nextAttemptAt());
    }

    @Test
    void givesFailedRecipientsAnItemOfTheirOwnIfOthersWait() {
        QueueItem item = attempted(item(B, C, D), 16);
        Settlement settlement = settle(item, SOON, failed(B), deferred(C), delivered(D, Handling.FINAL));
        assertEquals(2, settlement.placements().size());
        Placement waiting = settlement.placements().get(0);
        Placement dead = settlement.placements().get(1);
        assertEquals(item.id(), waiting.item().id());
        assertEquals(List.of(C), paths(waiting.item()));
        assertEquals(new ItemId(item.id().mail(), "1-17"), dead.item().id());
        assertEquals(List.of(B), paths(dead.item()));
        assertEquals(17, dead.item().progress().attempts());
        assertEquals(settlement, settle(item, SOON, failed(B), deferred(C), delivered(D, Handling.FINAL)));
    }

    @Test
    void givesUpAtTheAgeLimitAndKeepsTheLastStatus() {
        Instant limit = ARRIVED.plus(Duration.ofDays(5));
        assertEquals(
                "mail.retry.15m",
                only(settle(item(B), limit.minusMillis(1), deferred(B))).queue());
        Placement dead = only(settle(item(B), limit, deferred(B)));
        assertEquals("mail.dead", dead.queue());
        assertEquals(
                Optional.of(said("4.2.0", "450 4.2.0 later")),
                dead.item().progress().of(B).last());
        assertTrue(dead.item().progress().of(B).permanent());
    }

    @Test
    void triesOnceMoreAfterAnAnswerThatNobodyCanRead() {
        Placement first = only(settle(item(B), SOON, doubted(B)));
        assertEquals("mail.retry.15m", first.queue());
        Placement dead = only(settle(first.item(), SOON.plus(DELAY), doubted(B)));
        assertEquals("mail.dead", dead.queue());
        Diagnosis last = dead.item().progress().of(B).last().orElseThrow();
        assertEquals("4.4.2", last.status().toString());
        assertTrue(last.reply().startsWith("the message may have arrived: mx said OK"), last.reply());
        Notice told = Outcome.bounce(dead.item(), Optional.empty()).get(0);
        assertEquals(last, told.recipients().get(0).diagnosis());
    }

    @Test
    void remembersThatTheMessageMayHaveArrivedOverOtherAttempts(@TempDir Path spool) throws Exception {
        QueueItem item = only(settle(item(B, C), SOON, doubted(C), deferred(B))).item();
        String longest = "450 4.2.0 " + "x".repeat(2000);
        for (int i = 0; i < 20; i++) {
            Placement waiting = only(settle(item, SOON.plus(DELAY), deferred(B), deferred(C, longest)));
            assertEquals("mail.retry.15m", waiting.queue());
            item = ItemExamples.reread(waiting.item(), spool);
        }
        assertEquals(
                "450 4.2.0 later", item.progress().of(B).last().orElseThrow().reply());
        String said = item.progress().of(C).last().orElseThrow().reply();
        assertTrue(said.startsWith("450 4.2.0 xxx"), said);
        assertTrue(said.endsWith("\n(the message may have arrived at an earlier attempt)"), said);
        assertEquals(
                "450 4.2.0 later\n(the message may have arrived at an earlier attempt)",
                only(settle(item, SOON, deferred(C), delivered(B, Handling.RELAYED)))
                        .item()
                        .progress()
                        .of(C)
                        .last()
                        .orElseThrow()
                        .reply());
        Settlement settlement = settle(item, SOON.plus(DELAY), doubted(B), doubted(C));
        assertEquals(List.of(B), paths(settlement.placements().get(0).item()));
        assertEquals("mail.dead", settlement.placements().get(1).queue());
        assertEquals(List.of(C), paths(settlement.placements().get(1).item()));
    }

    private static RecipientResult doubted(ForwardPath recipient) {
        return new RecipientResult.Deferred(recipient, Diagnosis.mayHaveArrived("mx said OK"));
    }

    private static RecipientResult deferred(ForwardPath recipient, String reply) {
        return new RecipientResult.Deferred(recipient, said("4.2.0", reply));
    }

    @Test
    void schedulesNoAttemptBehindTheAgeLimit() {
        Instant limit = ARRIVED.plus(Duration.ofDays(5));
        Placement waiting = only(settle(item(B), limit.minusSeconds(60), deferred(B)));
        assertEquals(Optional.of(limit), waiting.item().progress().nextAttemptAt());
    }

    @Test
    void warnsOnceAndWritesItIntoTheItem() {
        Instant fourHours = ARRIVED.plus(Duration.ofHours(4));
        assertEquals(
                List.of(),
                settle(item(B), fourHours.minusMillis(1), deferred(B)).notices());
        Settlement first = settle(item(B), fourHours, deferred(B));
        Notice notice = first.notices().get(0);
        assertEquals(Notice.Kind.DELAYED, notice.kind());
        assertEquals(Optional.of(ARRIVED.plus(Duration.ofDays(5))), notice.retryUntil());
        assertEquals(Optional.of(SOON), notice.lastAttemptAt());
        assertTrue(only(first).item().progress().of(B).warned());
        Settlement second = settle(only(first).item(), fourHours.plus(DELAY), deferred(B));
        assertEquals(List.of(), second.notices());
        assertTrue(only(second).item().progress().of(B).warned());
    }

    @Test
    void warnsOnlyThoseWhoWantIt() {
        Instant fourHours = ARRIVED.plus(Duration.ofHours(4));
        QueueItem item = ItemExamples.with(List.of(
                new Recipient(B, Notify.of(Condition.FAILURE), Optional.empty()),
                new Recipient(C, Notify.NEVER, Optional.empty()),
                new Recipient(D, Notify.of(Condition.DELAY), Optional.empty())));
        Settlement settlement = settle(item, fourHours, deferred(B), deferred(C), deferred(D));
        assertEquals(List.of(D), told(settlement.notices().get(0)));
        assertFalse(only(settlement).item().progress().of(B).warned());
        assertEquals(
                List.of(),
                settle(fromNobody(item), fourHours, deferred(B), deferred(C), deferred(D))
                        .notices());
    }

    @Test
    void confirmsOnRequest() {
        assertEquals(
                Optional.of(Notice.Kind.DELIVERED), confirmed(ON_SUCCESS, Handling.FINAL, SuccessReports.ON_REQUEST));
        assertEquals(
                Optional.of(Notice.Kind.RELAYED), confirmed(ON_SUCCESS, Handling.RELAYED, SuccessReports.ON_REQUEST));
        assertEquals(Optional.empty(), confirmed(ON_SUCCESS, Handling.PASSED_ON, SuccessReports.ON_REQUEST));
        assertEquals(Optional.empty(), confirmed(Notify.DEFAULT, Handling.FINAL, SuccessReports.ON_REQUEST));
        assertEquals(Optional.empty(), confirmed(Notify.NEVER, Handling.FINAL, SuccessReports.ON_REQUEST));
    }

    @Test
    void confirmsAlwaysUnlessNeverWasAsked() {
        assertEquals(
                Optional.of(Notice.Kind.DELIVERED), confirmed(Notify.DEFAULT, Handling.FINAL, SuccessReports.ALWAYS));
        assertEquals(
                Optional.of(Notice.Kind.RELAYED), confirmed(Notify.DEFAULT, Handling.PASSED_ON, SuccessReports.ALWAYS));
        assertEquals(Optional.empty(), confirmed(Notify.NEVER, Handling.FINAL, SuccessReports.ALWAYS));
    }

    @Test
    void confirmsNeverIfTheOperatorSaysSo() {
        assertEquals(Optional.empty(), confirmed(ON_SUCCESS, Handling.FINAL, SuccessReports.NEVER));
    }

    @Test
    void confirmsNothingToTheNullReversePath() {
        QueueItem item = fromNobody(ItemExamples.with(List.of(new Recipient(B, ON_SUCCESS, Optional.empty()))));
        DeliveryReport report = new DeliveryReport(SOON, List.of(delivered(B, Handling.FINAL)));
        NotificationRules rules = new NotificationRules(SuccessReports.ALWAYS, Duration.ofHours(4));
        assertEquals(
                List.of(),
                Outcome.settle(item, report, RetryRules.always(RetrySchedule.DEFAULT), rules, Reading.trusted(SOON))
                        .notices());
    }

    @Test
    void believesWhatAvoidsASecondCopyAndThenWhatAvoidsALoss() {
        assertEquals(
                List.of(),
                settle(item(B), SOON, failed(B), delivered(B, Handling.FINAL)).placements());
        assertEquals(
                "mail.retry.15m",
                only(settle(item(B), SOON, failed(B), deferred(B))).queue());
    }

    @Test
    void givesTheStatusTheClassOfTheResult() {
        Diagnosis odd = said("5.7.1", "451 5.7.1 greylisted");
        Placement waiting = only(settle(item(B), SOON, new RecipientResult.Deferred(B, odd)));
        assertEquals(
                Optional.of(said("4.7.1", "451 5.7.1 greylisted")),
                waiting.item().progress().of(B).last());
    }

    @Test
    void postponesWithoutCounting() {
        QueueItem item = attempted(item(B), 3);
        Instant late = ARRIVED.plus(Duration.ofDays(50));
        Placement waiting = Outcome.postpone(item, Duration.ofSeconds(30), late);
        assertEquals("mail.retry.30s", waiting.queue());
        assertEquals(3, waiting.item().progress().attempts());
        assertEquals(
                Optional.of(late.plusSeconds(30)), waiting.item().progress().nextAttemptAt());
    }

    @Test
    void returnsAFailedMailToItsSender() {
        QueueItem dead = only(settle(item(B, C), SOON, failed(B), failed(C))).item();
        Notice notice = onlyNotice(dead);
        assertEquals(Notice.Kind.FAILED, notice.kind());
        assertEquals(Notice.To.SENDER, notice.to());
        assertEquals(List.of(B, C), told(notice));
        assertEquals(said("5.1.1", "550 5.1.1 none"), notice.recipients().get(0).diagnosis());
        assertEquals(Optional.of(SOON), notice.lastAttemptAt());
    }

    @Test
    void tellsNobodyWhoDoesNotWantToKnow() {
        QueueItem item = ItemExamples.with(List.of(
                new Recipient(B, Notify.NEVER, Optional.empty()),
                new Recipient(C, Notify.of(Condition.SUCCESS, Condition.DELAY), Optional.empty())));
        assertEquals(List.of(), Outcome.bounce(item, Optional.empty()));
    }

    @Test
    void tellsThePostmasterWhatCannotBeReturnedAndThenNobody() {
        Recipient never = new Recipient(B, Notify.NEVER, Optional.empty());
        QueueItem bounce = fromNobody(ItemExamples.with(List.of(never)));
        assertEquals(Notice.To.POSTMASTER, onlyNotice(bounce).to());
        MailObject mail = bounce.mail();
        MailParameters parameters = MailParameters.NONE.withEnvelopeId(Optional.of(Outcome.POSTMASTER_NOTICE + "X"));
        MailObject forged = mail.withEnvelope(new Envelope(ReversePath.NULL, List.of(never), parameters));
        QueueItem strangers = new QueueItem(bounce.id(), forged, bounce.nextHop(), bounce.progress());
        assertEquals(Notice.To.POSTMASTER, onlyNotice(strangers).to());

        Arrival ours = new Arrival(SOON, Arrival.OWN_REPORT, "", Optional.empty());
        MailObject report = new MailObject(mail.id(), ours, forged.envelope(), mail.content());
        QueueItem notice = new QueueItem(bounce.id(), report, bounce.nextHop(), bounce.progress());
        assertEquals(List.of(), Outcome.bounce(notice, Optional.empty()));
    }

    @Test
    void returnsWhatTheBrokerGaveUpWithItsReason() {
        QueueItem item = item(B);
        QueueItem once = item.withProgress(new Progress(
                1,
                List.of(),
                Map.of(B, new RecipientProgress(false, false, Optional.of(said("4.2.0", "450 later")))),
                Optional.empty()));
        Notice notice =
                Outcome.bounce(once, Optional.of("exceeds redelivery policy")).get(0);
        assertEquals(
                Diagnosis.ours("5.3.0", "exceeds redelivery policy"),
                notice.recipients().get(0).diagnosis());
        assertEquals(
                "5.3.0",
                onlyNotice(item).recipients().get(0).diagnosis().status().toString());
    }

    private static Optional<Notice.Kind> confirmed(Notify notification, Handling handling, SuccessReports confirm) {
        QueueItem item = ItemExamples.with(List.of(new Recipient(B, notification, Optional.empty())));
        DeliveryReport report = new DeliveryReport(SOON, List.of(delivered(B, handling)));
        NotificationRules rules = new NotificationRules(confirm, Duration.ofHours(4));
        Settlement settlement =
                Outcome.settle(item, report, RetryRules.always(RetrySchedule.DEFAULT), rules, Reading.trusted(SOON));
        assertEquals(List.of(), settlement.placements());
        return settlement.notices().stream().map(Notice::kind).findAny();
    }

    private static Settlement settle(QueueItem item, Instant now, RecipientResult... results) {
        DeliveryReport report = new DeliveryReport(SOON, List.of(results));
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

    private static Notice onlyNotice(QueueItem dead) {
        List<Notice> notices = Outcome.bounce(dead, Optional.empty());
        assertEquals(1, notices.size());
        return notices.get(0);
    }

    private static List<ForwardPath> told(Notice notice) {
        return notice.recipients().stream().map(told -> told.recipient().path()).toList();
    }

    private static List<ForwardPath> paths(QueueItem item) {
        return item.recipients().stream().map(Recipient::path).toList();
    }

    private static QueueItem item(ForwardPath... paths) {
        return ItemExamples.with(Arrays.stream(paths).map(Recipient::of).toList());
    }

    private static QueueItem attempted(QueueItem item, int attempts) {
        return item.withProgress(new Progress(attempts, List.of(), Map.of(), Optional.empty()));
    }

    private static QueueItem fromNobody(QueueItem item) {
        MailObject mail = item.mail();
        Envelope envelope = new Envelope(ReversePath.NULL, item.recipients(), MailParameters.NONE);
        return new QueueItem(item.id(), mail.withEnvelope(envelope), item.nextHop(), item.progress());
    }

    private static Diagnosis said(String status, String reply) {
        return new Diagnosis(EnhancedStatus.of(status), Optional.of("mx.example.net"), reply);
    }

    private static RecipientResult delivered(ForwardPath path, Handling handling) {
        return new RecipientResult.Delivered(path, said("2.0.0", "250 2.0.0 ok"), handling);
    }

    private static RecipientResult deferred(ForwardPath path) {
        return new RecipientResult.Deferred(path, said("4.2.0", "450 4.2.0 later"));
    }

    private static RecipientResult failed(ForwardPath path) {
        return new RecipientResult.Failed(path, said("5.1.1", "550 5.1.1 none"));
    }
}
