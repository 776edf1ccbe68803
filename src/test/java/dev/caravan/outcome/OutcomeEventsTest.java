package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.RecipientResult.Handling;
import dev.caravan.delivery.TlsUse;
import dev.caravan.events.EventJson;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.RetrySchedule;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutcomeEventsTest {
    private static final Instant ARRIVED = Instant.parse("2026-01-31T10:15:30Z");
    private static final Instant SOON = ARRIVED.plusSeconds(2);
    private static final Instant TOO_LATE = ARRIVED.plus(Duration.ofDays(5));
    private static final RetrySchedule SCHEDULE =
            new RetrySchedule(Duration.ofMinutes(15), Duration.ofMinutes(15), 1, Duration.ofMinutes(15), 480);
    private static final ForwardPath B = ForwardPath.of("b@far.test");
    private static final ForwardPath C = ForwardPath.of("c@far.test");

    @Test
    void tellsOfEachRecipientThatIsStored() {
        List<Placement> placements = List.of(new Placement("mail.deliver.smtp", item(B, C)));
        assertEquals(List.of("accepted 1 0", "accepted 2 0"), words(OutcomeEvents.stored(placements, SOON)));
        List<Placement> held = List.of(new Placement(QueueNames.HOLD, item(B)));
        assertEquals(List.of("held 1 0"), words(OutcomeEvents.stored(held, SOON)));
    }

    @Test
    void tellsWhatEachResultMeans() {
        assertEquals(List.of("delivered 1 1"), settled(SOON, item(B), delivered(B, Handling.FINAL)));
        assertEquals(List.of("relayed 1 1"), settled(SOON, item(B), delivered(B, Handling.RELAYED)));
        assertEquals(List.of("relayed 1 1"), settled(SOON, item(B), delivered(B, Handling.PASSED_ON)));
        assertEquals(List.of("deferred 1 1"), settled(SOON, item(B), deferred(B)));
        assertEquals(List.of("bounced 1 1"), settled(SOON, item(B), failed(B)));
        assertEquals(List.of("expired 1 1"), settled(TOO_LATE, item(B), deferred(B)));
        assertEquals(List.of("bounced 1 1"), settled(TOO_LATE, item(B), failed(B)));
        assertEquals(
                List.of("relayed 1 1", "deferred 2 1"),
                settled(SOON, item(B, C), deferred(C), delivered(B, Handling.RELAYED)));
    }

    @Test
    void takesNoResultForDeferredAndTheBestOfSeveral() {
        assertEquals(List.of("deferred 1 1"), settled(SOON, item(B)));
        assertEquals(
                List.of("relayed 1 1"), settled(SOON, item(B), failed(B), delivered(B, Handling.RELAYED), deferred(B)));
    }

    @Test
    void tellsNothingOfWhoStillWaitsForItsTurn() {
        assertEquals(List.of(), settled(SOON, item(B), notAttempted(B)));
        assertEquals(List.of("deferred 2 1"), settled(SOON, item(B, C), notAttempted(B), deferred(C)));
    }

    @Test
    void tellsOfThoseOnlyWhoHaveTheMailWhenSettlingFails() {
        DeliveryReport report = new DeliveryReport(SOON, List.of(delivered(C, Handling.FINAL), failed(B)));
        assertEquals(List.of("delivered 2 1"), words(OutcomeEvents.successes(item(B, C), report, SOON)));
    }

    @Test
    void tellsOfDeadMailOnlyWhatSettlingHasNotTold() {
        RecipientProgress told = new RecipientProgress(false, true, Optional.of(said("5.1.1", "550 5.1.1 no")));
        Progress progress = new Progress(3, List.of(), Map.of(B, told), Optional.empty());
        List<OutcomeEvent> events =
                OutcomeEvents.dead(item(B, C).withProgress(progress), Optional.of("consumer gave up"), SOON);
        assertEquals(List.of("bounced 2 3"), words(events));
        assertEquals("5.3.0", events.get(0).said().orElseThrow().status().toString());
    }

    @Test
    void saysAllOfADeferralInJson() {
        QueueItem item = item(B);
        DeliveryReport report = new DeliveryReport(SOON, List.of(deferred(B)));
        Settlement settlement = Outcome.settle(
                item, report, RetryRules.always(SCHEDULE), NotificationRules.DEFAULT, Reading.trusted(SOON));
        OutcomeEvent event =
                OutcomeEvents.settled(item, report, settlement, SOON).get(0);
        assertEquals(
                "{\"event\":\"deferred\",\"id\":\"01K7Q3ZV8GABCDEF.1.1.1.deferred\",\"time\":\"2026-01-31T10:15:32Z\","
                        + "\"mailId\":\"01K7Q3ZV8GABCDEF\",\"itemId\":\"01K7Q3ZV8GABCDEF.1\",\"envId\":\"order \\\"7\\\"\","
                        + "\"sender\":\"a@local.test\",\"protocol\":\"ESMTP\",\"arrivedAt\":\"2026-01-31T10:15:30Z\","
                        + "\"queueMillis\":2000,\"recipient\":\"b@far.test\",\"originalRecipientType\":\"rfc822\","
                        + "\"originalRecipient\":\"bee@local.test\",\"transport\":\"smtp\",\"nextHop\":\"far.test\","
                        + "\"attempt\":1,\"status\":\"4.2.0\",\"remote\":\"mx.far.test\",\"code\":450,"
                        + "\"reply\":\"450-4.2.0 later\\n450 4.2.0 really\",\"nextAttemptAt\":\"2026-01-31T10:30:32Z\"}",
                EventJson.of(event));
    }

    @Test
    void saysInJsonWhatEachHostSaid() {
        HostAttempt first = new HostAttempt(
                "mx1.far.test",
                new InetSocketAddress("192.0.2.1", 25),
                TlsUse.NONE,
                SOON.minusSeconds(1),
                Duration.ofMillis(12),
                List.of(
                        new RecipientResult.Deferred(C, Diagnosis.ours("4.4.2", "of another")),
                        new RecipientResult.Deferred(B, Diagnosis.ours("4.4.2", "lost"))));
        HostAttempt second = new HostAttempt(
                "mx2.far.test",
                new InetSocketAddress("192.0.2.2", 25),
                TlsUse.NONE,
                SOON,
                Duration.ofMillis(34),
                List.of(deferred(B)));
        QueueItem item = item(B);
        DeliveryReport report = new DeliveryReport(SOON, List.of(deferred(B)), List.of(first, second));
        Settlement settlement = Outcome.settle(
                item, report, RetryRules.always(SCHEDULE), NotificationRules.DEFAULT, Reading.trusted(SOON));
        String json = EventJson.of(
                OutcomeEvents.settled(item, report, settlement, SOON).get(0));
        assertEquals(
                "\"nextAttemptAt\":\"2026-01-31T10:30:32Z\",\"hosts\":["
                        + "{\"host\":\"mx1.far.test\",\"address\":\"192.0.2.1\",\"port\":25,\"tls\":\"none\","
                        + "\"startedAt\":\"2026-01-31T10:15:31Z\",\"millis\":12,\"status\":\"4.4.2\","
                        + "\"reply\":\"lost\"},"
                        + "{\"host\":\"mx2.far.test\",\"address\":\"192.0.2.2\",\"port\":25,\"tls\":\"none\","
                        + "\"startedAt\":\"2026-01-31T10:15:32Z\",\"millis\":34,\"status\":\"4.2.0\",\"code\":450,"
                        + "\"reply\":\"450-4.2.0 later\\n450 4.2.0 really\"}]}",
                json.substring(json.indexOf("\"nextAttemptAt\"")));
    }

    @Test
    void leavesOutOfTheJsonWhatIsNotKnown() {
        MailObject mail = new MailObject(
                new MailId("01K7Q3ZV8GABCDEF"),
                new Arrival(SOON.plusSeconds(60), "DSN", "", Optional.empty()),
                new Envelope(ReversePath.NULL, List.of(Recipient.of("b@far.test")), MailParameters.NONE),
                new Content.InMemory(new byte[0]));
        QueueItem item = new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("smtp", "far.test"), Progress.NEW);
        OutcomeEvent event = OutcomeEvents.stored(List.of(new Placement("mail.deliver.smtp", item)), SOON)
                .get(0);
        assertEquals(
                "{\"event\":\"accepted\",\"id\":\"01K7Q3ZV8GABCDEF.1.0.1.accepted\",\"time\":\"2026-01-31T10:15:32Z\","
                        + "\"mailId\":\"01K7Q3ZV8GABCDEF\",\"itemId\":\"01K7Q3ZV8GABCDEF.1\",\"sender\":\"\","
                        + "\"protocol\":\"DSN\",\"arrivedAt\":\"2026-01-31T10:16:32Z\",\"queueMillis\":0,"
                        + "\"recipient\":\"b@far.test\",\"transport\":\"smtp\",\"nextHop\":\"far.test\",\"attempt\":0}",
                EventJson.of(event));
    }

    @Test
    void sendsEventsToNoQueueThatIsTakenForSomethingElse() {
        for (String name : List.of("orders.outcomes", "A_b-1", "team/orders", "mail.events.web", "mailbox.outcomes")) {
            assertEquals(true, QueueNames.mayTakeEvents(name), name);
        }
        for (String name : List.of(
                "",
                "mail.deliver.smtp",
                "MAIL.deliver.smtp",
                "mail.submit",
                "mail.dead",
                "mail.events.",
                "mail.events",
                "Mail.Events.x",
                "a.*",
                "a.>",
                "a,b",
                "a?consumer.prefetchSize=0",
                "queue://a",
                "ID:host-1:2",
                "a b",
                "ActiveMQ.DLQ",
                "activemq.Advisory.Queue",
                "a..b",
                ".a",
                "a\n",
                "x".repeat(256))) {
            assertEquals(false, QueueNames.mayTakeEvents(name), name);
        }
    }

    private static List<String> settled(Instant now, QueueItem item, RecipientResult... results) {
        DeliveryReport report = new DeliveryReport(now, Arrays.asList(results));
        Settlement settlement = Outcome.settle(
                item, report, RetryRules.always(SCHEDULE), NotificationRules.DEFAULT, Reading.trusted(now));
        List<OutcomeEvent> events = OutcomeEvents.settled(item, report, settlement, now);
        assertEquals(events, OutcomeEvents.settled(item, report, settlement, now));
        return words(events);
    }

    private static List<String> words(List<OutcomeEvent> events) {
        return events.stream()
                .map(event -> event.kind().word() + " " + event.about().number() + " "
                        + event.about().attempt())
                .toList();
    }

    private static QueueItem item(ForwardPath... paths) {
        OriginalRecipient original = new OriginalRecipient("rfc822", "bee@local.test");
        List<Recipient> recipients = Arrays.stream(paths)
                .map(path -> new Recipient(path, Notify.DEFAULT, Optional.of(original)))
                .toList();
        MailParameters parameters = MailParameters.NONE.withEnvelopeId(Optional.of("order \"7\""));
        MailObject mail = new MailObject(
                new MailId("01K7Q3ZV8GABCDEF"),
                new Arrival(ARRIVED, "ESMTP", "client.test", Optional.empty()),
                new Envelope(ReversePath.of(Mailbox.parse("a@local.test")), recipients, parameters),
                new Content.InMemory(new byte[0]));
        return new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("smtp", "far.test"), Progress.NEW);
    }

    private static Diagnosis said(String status, String reply) {
        return new Diagnosis(EnhancedStatus.of(status), Optional.of("mx.far.test"), reply);
    }

    private static RecipientResult delivered(ForwardPath path, Handling handling) {
        return new RecipientResult.Delivered(path, said("2.0.0", "250 2.0.0 ok"), handling);
    }

    private static RecipientResult deferred(ForwardPath path) {
        return new RecipientResult.Deferred(path, said("4.2.0", "450-4.2.0 later\n450 4.2.0 really"));
    }

    private static RecipientResult failed(ForwardPath path) {
        return new RecipientResult.Failed(path, said("5.1.1", "550 5.1.1 no such user"));
    }

    private static RecipientResult notAttempted(ForwardPath path) {
        return new RecipientResult.NotAttempted(path, said("4.4.5", "busy"));
    }
}
