package dev.caravan.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.RecipientResult.Handling;
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
import dev.caravan.outcome.NotificationRules;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.RetryRules;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RetrySchedule;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MailCountsTest {
    private static final Instant ARRIVED = Instant.parse("2026-01-31T10:15:30Z");
    private static final Instant SETTLED = ARRIVED.plusSeconds(2);
    private static final ForwardPath B = ForwardPath.of("b@far.test");
    private static final ForwardPath C = ForwardPath.of("c@far.test");
    private static final RetrySchedule SCHEDULE =
            new RetrySchedule(Duration.ofMinutes(15), Duration.ofMinutes(15), 1, Duration.ofMinutes(15), 480);

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final MailCounts counts = new MailCounts(registry);

    private void assertCounted(String line) throws IOException {
        String page = new String(new Exposition(registry).page("").octets(), StandardCharsets.UTF_8);
        assertTrue(page.lines().anyMatch(line::equals), line + " in\n" + page);
    }

    @Test
    void countsAStoredMessageItsOctetsAndItsRecipients() throws IOException {
        QueueItem item = item("ESMTP", B, C);
        List<Placement> placements = List.of(new Placement("mail.deliver.smtp", item));

        counts.accepted(item.mail(), placements, OutcomeEvents.stored(placements, ARRIVED));

        assertCounted("caravan_mails_accepted_total{source=\"smtp\"} 1.0");
        assertCounted("caravan_accepted_bytes_total 4.0");
        assertCounted("caravan_recipients_accepted_total{transport=\"smtp\"} 2.0");
    }

    @Test
    void countsAnAttemptByTheResultsOfItsRecipients() throws IOException {
        settle(item("ESMTP", B), delivered(B));
        settle(item("ESMTP", B, C), delivered(B), failed(C));
        settle(item("ESMTP", B), failed(B));

        assertCounted("caravan_delivery_attempts_total{result=\"delivered\",transport=\"smtp\"} 1.0");
        assertCounted("caravan_delivery_attempts_total{result=\"mixed\",transport=\"smtp\"} 1.0");
        assertCounted("caravan_delivery_attempts_total{result=\"failed\",transport=\"smtp\"} 1.0");
        assertCounted("caravan_recipients_delivered_total{transport=\"smtp\"} 2.0");
        assertCounted("caravan_recipients_bounced_total{transport=\"smtp\"} 2.0");
        assertCounted("caravan_time_in_queue_seconds_count{transport=\"smtp\"} 2");
    }

    @Test
    void countsRecipientsOfAPartlySettledAttemptAndOfARemovedItem() throws IOException {
        QueueItem item = item("ESMTP", B, C);
        DeliveryReport report = new DeliveryReport(SETTLED, List.of(delivered(B)));

        counts.partlySettled(item, OutcomeEvents.successes(item, report, SETTLED));
        counts.removed(item, "mail.retry.15m", OutcomeEvents.removed(item, SETTLED));

        assertCounted("caravan_recipients_delivered_total{transport=\"smtp\"} 1.0");
        assertCounted("caravan_recipients_removed_total{transport=\"smtp\"} 2.0");
    }

    @Test
    void countsParkedItems() throws IOException {
        assertCounted("caravan_items_parked_total{transport=\"smtp\"} 0.0");
        counts.parked(item("ESMTP", B), "mail.parked.smtp.to.b.example", "its destination has its share");
        assertCounted("caravan_items_parked_total{transport=\"smtp\"} 1.0");
    }

    @Test
    void countsDiscardedMessagesOfSmtpClientsOnly() throws IOException {
        counts.discarded(item("SMTP", B).mail(), "spam");
        counts.discarded(item("HTTP", B).mail(), "spam");
        counts.recipientsDiscarded(item("SMTP", B).mail(), "loop");

        assertCounted("caravan_mails_discarded_total 1.0");
    }

    @Test
    void startsWithZeroes() throws IOException {
        assertCounted("caravan_mails_accepted_total{source=\"smtp\"} 0.0");
        assertCounted("caravan_recipients_expired_total{transport=\"local\"} 0.0");
    }

    private void settle(QueueItem item, RecipientResult... results) {
        DeliveryReport report = new DeliveryReport(SETTLED, List.of(results));
        Settlement settlement = Outcome.settle(
                item, report, RetryRules.always(SCHEDULE), NotificationRules.DEFAULT, Reading.trusted(SETTLED));
        List<OutcomeEvent> outcomes = OutcomeEvents.settled(item, report, settlement, SETTLED);
        assertEquals(item.recipients().size(), outcomes.size());
        counts.settled(item, report, settlement, outcomes);
    }

    private static RecipientResult delivered(ForwardPath path) {
        return new RecipientResult.Delivered(path, Diagnosis.ours("2.0.0", "ok"), Handling.FINAL);
    }

    private static RecipientResult failed(ForwardPath path) {
        return new RecipientResult.Failed(path, Diagnosis.ours("5.1.1", "no such user"));
    }

    private static QueueItem item(String protocol, ForwardPath... paths) {
        MailObject mail = new MailObject(
                new MailId("01K7Q3ZV8GABCDEF"),
                new Arrival(ARRIVED, protocol, "client.test", Optional.empty()),
                new Envelope(
                        ReversePath.of(Mailbox.parse("a@local.test")),
                        List.of(paths).stream().map(Recipient::of).toList(),
                        MailParameters.NONE),
                new Content.InMemory("a\r\n\n".getBytes(StandardCharsets.US_ASCII)));
        return new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("smtp", "far.test"), Progress.NEW);
    }
}
