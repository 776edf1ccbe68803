package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.delivery.TlsUse;
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
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttemptDecisionsTest {
    private static final Instant NOW = Instant.parse("2026-01-31T10:15:30Z");
    private static final ForwardPath B = ForwardPath.of("b@far.test");

    @Test
    void tellsEachHostInItsOrderAndThenTheResult() {
        RecipientResult silent = new RecipientResult.Deferred(B, Diagnosis.ours("4.4.1", "no connection\nat all"));
        RecipientResult taken =
                new RecipientResult.Delivered(B, Diagnosis.ours("2.0.0", "250 ok \u001b[2J"), Handling.RELAYED);
        DeliveryReport report = new DeliveryReport(
                NOW,
                List.of(taken),
                List.of(
                        host("mx1.far.test", "192.0.2.1", Duration.ofMillis(30), silent),
                        host("mx2.far.test", "192.0.2.2", Duration.ofMillis(250), taken)));

        assertEquals(
                List.of(
                        "01K7Q3ZV8GABCDEF.1 delivery to=<b@far.test> by=host verdict=\"deferred 4.4.1\""
                                + " evidence=\"mx1.far.test 192.0.2.1 port 25, 0.030s: no connection at all\"",
                        "01K7Q3ZV8GABCDEF.1 delivery to=<b@far.test> by=host verdict=\"delivered 2.0.0\""
                                + " evidence=\"mx2.far.test 192.0.2.2 port 25, 0.250s: 250 ok ?[2J\"",
                        "01K7Q3ZV8GABCDEF.1 delivery to=<b@far.test> by=attempt verdict=\"delivered 2.0.0\""
                                + " evidence=\"smtp:far.test, attempt 1: 250 ok ?[2J\""),
                AttemptDecisions.of(item(), report).stream()
                        .map(decision -> MailLog.line(decision).toString())
                        .toList());
    }

    private static HostAttempt host(String name, String address, Duration took, RecipientResult answer) {
        return new HostAttempt(name, new InetSocketAddress(address, 25), TlsUse.NONE, NOW, took, List.of(answer));
    }

    private static QueueItem item() {
        MailObject mail = new MailObject(
                new MailId("01K7Q3ZV8GABCDEF"),
                new Arrival(NOW, "ESMTP", "client.test", Optional.empty()),
                new Envelope(
                        ReversePath.of(Mailbox.parse("a@local.test")), List.of(Recipient.of(B)), MailParameters.NONE),
                new Content.InMemory(new byte[0]));
        return new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("smtp", "far.test"), Progress.NEW);
    }
}
