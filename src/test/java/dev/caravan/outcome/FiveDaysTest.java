package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RetrySchedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A mail that nobody ever takes, from its arrival to its return. */
class FiveDaysTest {
    private static final Instant ARRIVED = ItemExamples.ARRIVED;
    private static final ForwardPath TO = ForwardPath.of("b@example.net");
    private static final Diagnosis LATER =
            new Diagnosis(EnhancedStatus.of("4.2.0"), Optional.of("mx.example.net"), "450 4.2.0 later");

    private final List<Duration> attempts = new ArrayList<>();
    private final List<Duration> warnings = new ArrayList<>();
    private Instant now = ARRIVED;

    @Test
    void triesEveryQuarterOfAnHourWarnsAtFourHoursAndGivesUpAtFiveDays() {
        QueueItem dead = untilDead(Duration.ZERO);
        assertEquals(481, attempts.size());
        for (int i = 0; i < attempts.size(); i++) {
            assertEquals(Duration.ofMinutes(15L * i), attempts.get(i));
        }
        assertEquals(List.of(Duration.ofHours(4)), warnings);
        assertEquals(ItemExamples.plain().id(), dead.id());
        assertEquals(481, dead.progress().attempts());
        assertEquals(10, dead.progress().log().size());
        List<Notice> notices = Outcome.bounce(dead, Optional.empty());
        assertEquals(1, notices.size());
        assertEquals(LATER, notices.get(0).recipients().get(0).diagnosis());
    }

    @Test
    void givesUpAtFiveDaysHoweverLongAnAttemptTakes() {
        untilDead(Duration.ofMinutes(7));
        assertTrue(now.compareTo(ARRIVED.plus(Duration.ofDays(5))) >= 0);
        assertTrue(attempts.get(attempts.size() - 1).compareTo(Duration.ofDays(5)) <= 0);
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).compareTo(Duration.ofHours(4)) >= 0);
        assertTrue(warnings.get(0).compareTo(Duration.ofMinutes(4 * 60 + 22)) <= 0);
    }

    @Test
    void triesOnceMoreAfterALongSilenceOfOurs() {
        QueueItem item = ItemExamples.plain();
        now = ARRIVED.plus(Duration.ofDays(6));
        Settlement settlement = attempt(item, Duration.ZERO);
        assertEquals(QueueNames.DEAD, settlement.placements().get(0).queue());
        assertEquals(List.of(), settlement.notices());
    }

    private QueueItem untilDead(Duration took) {
        QueueItem item = ItemExamples.plain();
        while (true) {
            Settlement settlement = attempt(item, took);
            Placement placement = settlement.placements().get(0);
            item = placement.item();
            if (placement.queue().equals(QueueNames.DEAD)) {
                return item;
            }
            assertEquals("mail.retry.15m", placement.queue());
            now = item.progress().nextAttemptAt().orElseThrow();
        }
    }

    private Settlement attempt(QueueItem item, Duration took) {
        attempts.add(Duration.between(ARRIVED, now));
        now = now.plus(took);
        DeliveryReport report = new DeliveryReport(now, List.of(new RecipientResult.Deferred(TO, LATER)));
        Settlement settlement = Outcome.settle(
                item,
                report,
                RetryRules.always(RetrySchedule.DEFAULT),
                NotificationRules.DEFAULT,
                Reading.trusted(now));
        for (Notice notice : settlement.notices()) {
            assertEquals(Notice.Kind.DELAYED, notice.kind());
            warnings.add(Duration.between(ARRIVED, now));
        }
        return settlement;
    }
}
