package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.queue.Suspension;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Mail whose next hop takes nothing for now, because an operator must act or a quota is used up. */
class SuspendedTest {
    private static final Instant ARRIVED = ItemExamples.ARRIVED;
    private static final ForwardPath B = ForwardPath.of("b@example.net");
    private static final ForwardPath C = ForwardPath.of("c@example.net");
    private static final Diagnosis PAUSED = Diagnosis.ours("4.7.0", "smart host office is paused");
    private static final Diagnosis LATER = Diagnosis.ours("4.2.0", "450 4.2.0 later");

    private static Settlement settle(QueueItem item, Instant now, RecipientResult... results) {
        return Outcome.settle(
                item,
                new DeliveryReport(now, List.of(results)),
                RetryRules.always(RetrySchedule.DEFAULT),
                NotificationRules.DEFAULT,
                Reading.trusted(now));
    }

    private static QueueItem item(ForwardPath... recipients) {
        return ItemExamples.with(Arrays.stream(recipients).map(Recipient::of).toList());
    }

    private static RecipientResult paused(ForwardPath path) {
        return new RecipientResult.NotAttempted(path, PAUSED, true);
    }

    private static Placement only(Settlement settlement) {
        assertEquals(1, settlement.placements().size());
        return settlement.placements().get(0);
    }

    @Test
    void staysInItsRetryQueueHoweverLongItTakes() {
        QueueItem item = item(B);
        Instant now = ARRIVED;
        int warnings = 0;
        for (int day = 0; day < 30; day++) {
            Settlement settlement = settle(item, now, paused(B));
            warnings += settlement.notices().size();
            Placement waiting = only(settlement);
            assertEquals("mail.retry.15m", waiting.queue());
            item = waiting.item();
            assertEquals(0, item.progress().attempts());
            now = now.plus(Duration.ofDays(1));
        }
        assertEquals(1, warnings, "the sender is told of the delay once");

        // What comes after that counts as if there had been no pause: five days more.
        QueueItem tried =
                only(settle(item, now, new RecipientResult.Deferred(B, LATER))).item();
        assertEquals(
                new Suspension(Duration.between(ARRIVED, now), Optional.empty()),
                tried.progress().suspension());
        Instant almost = now.plus(Duration.ofDays(5)).minusSeconds(1);
        assertEquals(
                "mail.retry.15m",
                only(settle(tried, almost, new RecipientResult.Deferred(B, LATER)))
                        .queue());
        assertEquals(
                "mail.dead",
                only(settle(tried, almost.plusSeconds(1), new RecipientResult.Deferred(B, LATER)))
                        .queue());
    }

    @Test
    void waitsWithRecipientsThatAreTriedAgain() {
        Placement waiting = only(settle(item(B, C), ARRIVED, new RecipientResult.Deferred(B, LATER), paused(C)));
        assertEquals("mail.retry.15m", waiting.queue());
        assertEquals(2, waiting.item().recipients().size());
        RecipientResult taken =
                new RecipientResult.Delivered(B, Diagnosis.ours("2.0.0", "ok"), RecipientResult.Handling.FINAL);
        waiting = only(settle(item(B, C), ARRIVED, taken, paused(C)));
        assertEquals("mail.retry.15m", waiting.queue());
        assertEquals(
                List.of(C),
                waiting.item().recipients().stream().map(Recipient::path).toList());
    }
}
