package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.MessageCopy;
import dev.caravan.queue.Attempt;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.EventTalk;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import jakarta.jms.BytesMessage;
import jakarta.jms.Message;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The recipes that deliver mail to other systems, as they are shipped. */
@RunningServer
class DestinationJourneyTest {
    private static final String CONTENT = "Subject: x\r\nCamelHttpUri: http://evil.test/\r\n\r\nhello\r\n";

    private final MovingClock clock = MovingClock.now();
    private final FakeDns dns = new FakeDns();
    private HttpSink sink;
    private TestServer node;

    @BeforeStart
    void prepare() throws Exception {
        sink = new HttpSink();
        RecipeHome.with(node.folder(), "deliver-to-http", "deliver-to-jms", "deliver-to-file");
        RecipeHome.send(node.folder(), "orders.test", "orders");
        RecipeHome.send(node.folder(), "invoices@far.test", "invoices");
        RecipeHome.send(node.folder(), "archive.test", "archive");
        change(node.folder().resolve("routes"));
        node.set("orders.url", sink.url())
                .set("archive.folder", node.folder().resolve("archive").toString());
    }

    /** For tests of other files: changes the routes of the home before the server starts. */
    void change(Path routes) throws Exception {}

    @AfterEach
    void stop() {
        sink.close();
    }

    @Test
    void postsMailToAServer() throws Exception {
        node.send("<alice@local.test> ENVID=e7", List.of("<new@orders.test>", "<\"a,b\"@orders.test>"), CONTENT);
        awaitDelivered("orders");
        assertEquals(1, sink.taken().size());
        HttpSink.Taken taken = sink.taken().get(0);
        assertEquals("POST", taken.method());
        assertEquals("message/rfc822", taken.header("Content-Type"));
        assertEquals("[\"new@orders.test\",\"\\\"a,b\\\"@orders.test\"]", taken.header("recipientList"));
        assertEquals("alice@local.test", taken.header("sender"));
        assertEquals("e7", taken.header("envId"));
        assertEquals(taken.header("itemId"), taken.header("Idempotency-Key"));
        assertTrue(taken.body().startsWith("Return-Path: <alice@local.test>\r\nReceived: from "), taken.body());
        assertTrue(taken.body().endsWith("\r\n" + CONTENT), taken.body());
        assertEquals(List.of(), node.mailbox("alice"));
    }

    @Test
    void triesAgainWhenTheServerIsBusy() throws Exception {
        sink.answer(503, "");
        node.send("<alice@local.test>", List.of("<new@orders.test>"), CONTENT);
        Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
        assertEquals(
                "HTTP 503 Service Unavailable",
                node.items("mail.retry.15m").get(0).progress().log().get(0).reply());
        clock.advance(Duration.ofMinutes(15));
        node.node().tick();
        awaitDelivered("orders");
        assertEquals(2, sink.taken().size());
        assertEquals(
                sink.taken().get(0).header("Idempotency-Key"),
                sink.taken().get(1).header("Idempotency-Key"));
        assertEquals("2", sink.taken().get(1).header("attempt"));
    }

    @Test
    void returnsMailThatTheServerDoesNotWant() throws Exception {
        sink.answer(404, "no such customer\nsecond line");
        node.send("<alice@local.test>", List.of("<gone@orders.test>"), CONTENT);
        ReadDsn dsn = ReadDsn.of(node.mailbox("alice", 1).get(0));
        assertEquals("failed", dsn.field("Action"));
        assertEquals("5.1.1", dsn.field("Status"));
        assertEquals("rfc822; gone@orders.test", dsn.field("Final-Recipient"));
        assertEquals("x-caravan; HTTP 404 Not Found no such customer", dsn.field("Diagnostic-Code"));
        assertEquals("dns; 127.0.0.1", dsn.field("Remote-MTA"));
    }

    @Test
    void believesWhatAServerSaysOfSingleRecipients() throws Exception {
        sink.answer(
                200,
                "{\"recipients\":[{\"recipient\":\"gone@orders.test\",\"status\":\"5.1.1\",\"text\":\"unknown\"},"
                        + "{\"recipient\":\"busy@orders.test\",\"status\":\"4.2.1\",\"text\":\"locked\"}]}");
        node.send(
                "<alice@local.test>",
                List.of("<new@orders.test>", "<gone@orders.test>", "<busy@orders.test>"),
                CONTENT);
        ReadDsn dsn = ReadDsn.of(node.mailbox("alice", 1).get(0));
        assertEquals(1, dsn.recipients().size());
        assertEquals("rfc822; gone@orders.test", dsn.field("Final-Recipient"));
        assertEquals(
                List.of("<busy@orders.test>"),
                node.items("mail.retry.15m").get(0).recipients().stream()
                        .map(recipient -> recipient.path().toString())
                        .toList());
    }

    @Test
    void waitsForAServerThatIsAway() throws Exception {
        String address = URI.create(sink.url()).getAuthority();
        sink.close();
        try (LoggedLines log = new LoggedLines()) {
            node.send("<alice@local.test>", List.of("<new@orders.test>"), CONTENT);
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            node.awaitQuiet();
            assertEquals(List.of(), log.ofFaults());
        }
        assertEquals(List.of(), node.mailbox("alice"));
        Attempt last = node.items("mail.retry.15m").get(0).progress().log().get(0);
        assertEquals("cannot connect to " + address + ": Connection refused", last.reply());
    }

    @Test
    void postsLargeMailFromItsFile() throws Exception {
        String large = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(50_000);
        assertTrue(SmtpTestClient.sendOne(node.smtp(), "<alice@local.test>", "<new@orders.test>", large)
                .startsWith("250"));
        Await.until("posted", () -> sink.taken().size() == 1);
        assertTrue(sink.taken().get(0).body().endsWith("\r\n" + large));
        Await.until("its file is gone", () -> {
            try {
                return node.spool().isEmpty();
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void dividesManyRecipientsIntoItemsOfFifty() throws Exception {
        List<String> recipients = Stream.iterate(1, n -> n + 1)
                .limit(120)
                .map(n -> "<r" + n + "@orders.test>")
                .toList();
        node.send("<alice@local.test>", recipients, CONTENT);
        Await.until("all are posted", () -> sink.taken().size() == 3);
    }

    @Test
    void putsMailIntoAQueueOfTheSameBroker() throws Exception {
        node.send("<alice@local.test>", List.of("<Invoices@far.test>"), CONTENT);
        Await.until("it is there", () -> node.hasQueue("invoices.received") && node.depth("invoices.received") == 1);
        awaitDelivered("invoices");
        try (JmsProbe talk = new JmsProbe()) {
            Message message = talk.browse("invoices.received").get(0);
            assertEquals("[\"Invoices@far.test\"]", message.getStringProperty("recipientList"));
            assertEquals("alice@local.test", message.getStringProperty("sender"));
            byte[] octets = MessageCopy.octets((BytesMessage) message).orElseThrow();
            assertTrue(new String(octets, StandardCharsets.US_ASCII).endsWith("\r\n" + CONTENT));
        }
    }

    @Test
    void writesAFileWhoseNameIsOurs() throws Exception {
        node.send("<alice@local.test>", List.of("<\"../../evil\"@archive.test>"), CONTENT);
        awaitDelivered("archive");
        try (Stream<Path> files = Files.list(node.folder().resolve("archive"))) {
            List<Path> all = files.toList();
            assertEquals(1, all.size());
            assertTrue(all.get(0).getFileName().toString().matches("[0-9A-Z]+\\.1\\.eml"), all.toString());
            assertTrue(Files.readString(all.get(0)).endsWith("\r\n" + CONTENT));
        }
    }

    @Test
    void tellsOfDeliveryToADestination() throws Exception {
        node.stop();
        node.set("events.topic", "true").start();
        sink.answer(503, "").answer(404, "");
        try (EventTalk talk = EventTalk.durable("destination")) {
            node.send("<>", List.of("<a@orders.test>"), CONTENT);
            assertEquals(List.of("accepted a@orders.test", "deferred a@orders.test"), talk.next(2));
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            clock.advance(Duration.ofMinutes(15));
            node.node().tick();
            assertEquals(List.of("bounced a@orders.test"), talk.next(1));
        }
    }

    private void awaitDelivered(String transport) {
        String queue = "mail.deliver." + transport;
        Await.until(
                "nothing is left of it", () -> node.hasQueue(queue) && node.taken(queue) > 0 && node.depth(queue) == 0);
    }
}
