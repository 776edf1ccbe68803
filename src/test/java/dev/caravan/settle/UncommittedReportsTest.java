package dev.caravan.settle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UncommittedReportsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final Diagnosis OURS = Diagnosis.ours("2.0.0", "taken");

    private final MovingClock clock = new MovingClock(NOW);
    private final UncommittedReports reports = new UncommittedReports(ClockWatch.steady(clock));

    @Test
    void givesAReportOnceToTheSameAttempt() {
        DeliveryReport report = delivered(1);
        reports.remember(item(1, 0), report);
        assertEquals(Optional.empty(), reports.take(item(1, 1)), "another attempt");
        assertEquals(Optional.empty(), reports.take(item(2, 0)), "another item");
        assertEquals(Optional.of(report), reports.take(item(1, 0)));
        assertEquals(Optional.empty(), reports.take(item(1, 0)));
    }

    @Test
    void triesAgainWhatNobodyHas() {
        ForwardPath path = ForwardPath.of("a@far.test");
        reports.remember(item(1, 0), new DeliveryReport(NOW, List.of(new RecipientResult.Deferred(path, OURS))));
        assertEquals(Optional.empty(), reports.take(item(1, 0)));
    }

    @Test
    void forgetsAfterADay() {
        reports.remember(item(1, 0), delivered(1));
        clock.advance(Duration.ofHours(25));
        assertEquals(Optional.empty(), reports.take(item(1, 0)));
    }

    @Test
    void forgetsTheOldestBeyondTwentyThousandResults() {
        for (int number = 1; number <= 21; number++) {
            reports.remember(item(number, 0), delivered(1000));
        }
        assertEquals(Optional.empty(), reports.take(item(1, 0)));
        assertEquals(1000, reports.take(item(2, 0)).orElseThrow().results().size());
        assertEquals(1000, reports.take(item(21, 0)).orElseThrow().results().size());
    }

    private static DeliveryReport delivered(int count) {
        ForwardPath path = ForwardPath.of("a@far.test");
        RecipientResult result = new RecipientResult.Delivered(path, OURS, RecipientResult.Handling.FINAL);
        return new DeliveryReport(NOW, java.util.Collections.nCopies(count, result));
    }

    private static QueueItem item(int number, int attempts) {
        MailId id = new MailId("Q7F3A" + number);
        MailObject mail = new MailObject(
                id,
                new Arrival(NOW, "ESMTP", "client.test", Optional.empty()),
                new Envelope(
                        ReversePath.of(Mailbox.parse("bob@local.test")),
                        List.of(Recipient.of("a@far.test")),
                        MailParameters.NONE),
                new Content.InMemory(new byte[0]));
        return new QueueItem(
                new ItemId(id, "1"),
                mail,
                new NextHop("smtp", "far.test"),
                new Progress(attempts, List.of(), Map.of(), Optional.empty()));
    }
}
