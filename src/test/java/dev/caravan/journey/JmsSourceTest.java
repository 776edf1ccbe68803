package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.mail.MailObject;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A JMS client that knows nothing of us but docs/sources.md sends mail. */
@RunningServer(settings = {"delivery.paused=true", "content.max-size=1MiB", "content.inline-limit=1KiB"})
class JmsSourceTest {
    private static final String SUBMIT = "mail.submit";
    private static final String INVALID = "mail.submit.invalid";

    private static TestServer node;
    private static JmsProbe talk;

    @BeforeAll
    static void start() throws Exception {
        talk = new JmsProbe();
    }

    @AfterAll
    static void stop() throws Exception {
        talk.close();
    }

    private interface Filling {
        void fill(Message message) throws JMSException;
    }

    /** Sends a text message as any client does. */
    private static void send(String text, long timeToLive, Filling filling) throws JMSException {
        try (Connection connection =
                new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl()).createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            TextMessage message = session.createTextMessage(text);
            filling.fill(message);
            MessageProducer producer = session.createProducer(new ActiveMQQueue(SUBMIT));
            producer.setTimeToLive(timeToLive);
            producer.send(message);
        }
    }

    private static MailObject taken() throws Exception {
        Await.until(
                "the mail is stored",
                () -> node.hasQueue("mail.deliver.local") && node.depth("mail.deliver.local") == 1);
        assertEquals(0, node.hasQueue(INVALID) ? node.depth(INVALID) : 0);
        return node.items("mail.deliver.local").get(0).mail();
    }

    private static String content(MailObject mail) throws Exception {
        try (var in = mail.content().open()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void takesTextWithItsEnvelopeAsProperties() throws Exception {
        send("hello\nthere", 0, message -> {
            message.setStringProperty("from", "Shop <shop@far.test>");
            message.setStringProperty("to", "alice@local.test, Bob <bob@local.test>");
            message.setStringProperty("subject", "order 1");
            message.setStringProperty("notify", "success,failure");
            message.setJMSCorrelationID("order=1 +");
            message.setJMSReplyTo(new ActiveMQQueue("shop.outcomes"));
        });
        MailObject mail = taken();
        assertEquals("shop@far.test", mail.envelope().reversePath().address());
        assertEquals(2, mail.envelope().recipients().size());
        assertEquals(Optional.of("order=1 +"), mail.envelope().parameters().envelopeId());
        assertEquals(Optional.of("shop.outcomes"), mail.arrival().outcomesTo());
        assertEquals("JMS", mail.arrival().protocol());
        assertTrue(content(mail).contains("Subject: order 1\r\n"), content(mail));
    }

    @Test
    void takesAWholeMailAsOctets() throws Exception {
        String mail = "From: a@far.test\nTo: alice@local.test\nSubject: whole\n\n" + "0123456789\n".repeat(500);
        talk.putOctets(SUBMIT, mail.getBytes(StandardCharsets.US_ASCII), Map.of());
        MailObject taken = taken();
        assertTrue(content(taken).endsWith("0123456789\r\n"));
        assertEquals(
                "alice@local.test", taken.envelope().recipients().get(0).path().address());
        assertEquals(List.of(node.items("mail.deliver.local").get(0).id().toString()), node.spool());
    }

    @Test
    void takesJson() throws Exception {
        talk.putText(SUBMIT, """
                {"from": "a@far.test", "to": "alice@local.test", "subject": "x", "text": "y"}""");
        assertTrue(content(taken()).contains("Subject: x\r\n"));
    }

    @Test
    void setsAsideWhatIsNoMailWithTheReason() throws Exception {
        talk.putText(SUBMIT, "{\"from\": 1}");
        Message invalid = invalid();
        assertEquals("from is no string (expected: a string)", invalid.getStringProperty("reason"));
        assertEquals("{\"from\": 1}", ((TextMessage) invalid).getText());
    }

    @Test
    void setsAsideForeignKindsOfMessage() throws Exception {
        try (Connection connection =
                new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl()).createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            session.createProducer(new ActiveMQQueue(SUBMIT)).send(session.createObjectMessage("x"));
        }
        assertReason("the message (expected: a TextMessage or BytesMessage)");
    }

    @Test
    void setsAsideWhatMayVanish() throws Exception {
        send("{\"from\": \"a@far.test\", \"to\": \"alice@local.test\"}", 3_600_000, message -> {});
        assertReason("a time to live");
        assertEquals(0, invalid().getJMSExpiration());
    }

    @Test
    void tellsOutcomesToNoQueueOfOurs() throws Exception {
        send("{\"from\": \"a@far.test\", \"to\": \"alice@local.test\"}", 0, message -> {
            message.setJMSReplyTo(new ActiveMQQueue("mail.dead"));
        });
        assertReason("JMSReplyTo queue://mail.dead");
    }

    @Test
    void tellsOutcomesToAQueueOfEvents() throws Exception {
        send("{\"from\": \"a@far.test\", \"to\": \"alice@local.test\"}", 0, message -> {
            message.setJMSReplyTo(new ActiveMQQueue("mail.events.shop"));
        });
        assertEquals(Optional.of("mail.events.shop"), taken().arrival().outcomesTo());
    }

    @Test
    void setsAsideACorrelationIdThatIsNoEnvelopeId() throws Exception {
        send("{\"from\": \"a@far.test\", \"to\": \"alice@local.test\"}", 0, message -> {
            message.setJMSCorrelationID("é");
        });
        assertReason("malformed envelope or correlation id");
    }

    @Test
    void setsAsideAMailThatGoesRoundInACircle() throws Exception {
        talk.putText(
                SUBMIT,
                "Received: x\n".repeat(31) + "From: a@far.test\nTo: alice@local.test\n\n" + "long ".repeat(500));
        assertReason("554 5.4.6 mail loop");
        Await.until("its file is gone", () -> isSpoolEmpty());
    }

    @Test
    void takesJsonAsOctets() throws Exception {
        String json = "{\"from\": \"a@far.test\", \"to\": \"alice@local.test\", \"subject\": \"x\", \"text\": \"y\"}";
        for (String text : List.of(json, " \r\n" + json, "\uFEFF" + json)) {
            talk.putOctets(SUBMIT, text.getBytes(StandardCharsets.UTF_8), Map.of("_type", "shop.Order"));
            assertTrue(content(taken()).contains("Subject: x\r\n"));
            node.clear();
        }
    }

    @Test
    void takesOctetsWithASubjectAsText() throws Exception {
        talk.putOctets(
                SUBMIT,
                "gr\u00fc\u00dfe".getBytes(StandardCharsets.UTF_8),
                Map.of("from", "a@far.test", "to", "alice@local.test", "subject", "octets"));
        String content = content(taken());
        assertTrue(content.contains("Subject: octets\r\n"), content);
        assertTrue(content.contains("gr=C3=BC=C3=9Fe") || content.contains("Z3LDvMOfZQ=="), content);
    }

    @Test
    void takesOctetsInTheCharsetThatTheirTypeNames() throws Exception {
        talk.putOctets(
                SUBMIT,
                "gr\u00fc\u00dfe".getBytes(StandardCharsets.ISO_8859_1),
                Map.of(
                        "from",
                        "a@far.test",
                        "to",
                        "alice@local.test",
                        "contentType",
                        "text/plain; charset=\"ISO-8859-1\""));
        String content = content(taken());
        assertTrue(content.contains("gr=C3=BC=C3=9Fe") || content.contains("Z3LDvMOfZQ=="), content);
    }

    @Test
    void setsAsideOctetsThatAreNoText() throws Exception {
        talk.putOctets(
                SUBMIT,
                new byte[] {'a', (byte) 0xfc},
                Map.of("from", "a@far.test", "to", "alice@local.test", "subject", "octets"));
        assertReason("octets that are no text in UTF-8");
    }

    @Test
    void sendsAWholeMailToAllThatAreNamedBesideIt() throws Exception {
        talk.putOctets(
                SUBMIT,
                "From: a@far.test\nSubject: whole\n\nhello\n".getBytes(StandardCharsets.US_ASCII),
                Map.of(
                        "from",
                        "a@far.test",
                        "to",
                        "alice@local.test",
                        "cc",
                        "bob@local.test",
                        "bcc",
                        "carol@local.test"));
        assertEquals(3, taken().envelope().recipients().size());
    }

    @Test
    void takesTextForCopiesAlone() throws Exception {
        for (String property : List.of("cc", "bcc")) {
            send("hello", 0, message -> {
                message.setStringProperty("from", "a@far.test");
                message.setStringProperty(property, "alice@local.test");
                message.setStringProperty("subject", "copy");
            });
            assertTrue(content(taken()).contains("Subject: copy\r\n"));
            node.clear();
        }
    }

    @Test
    void setsAsideTextWithASubjectForNobody() throws Exception {
        send("hello", 0, message -> {
            message.setStringProperty("from", "a@far.test");
            message.setStringProperty("subject", "lonely");
        });
        assertReason("no recipient");
    }

    @Test
    void tellsTheClientOfWhatIsInvalid() throws Exception {
        for (String correlation : List.of("order-1", "")) {
            send("{\"from\": 1}", 0, message -> {
                message.setJMSReplyTo(new ActiveMQQueue("shop.outcomes"));
                message.setJMSCorrelationID(correlation);
            });
            invalid();
            Message answer = talk.browse("shop.outcomes").get(0);
            assertEquals("invalid", answer.getStringProperty("event"));
            String expected = correlation.isEmpty() ? "ID:" : correlation;
            assertTrue(answer.getJMSCorrelationID().startsWith(expected), answer.getJMSCorrelationID());
            String json = ((TextMessage) answer).getText();
            assertTrue(json.contains("\"reply\":\"from is no string (expected: a string)\""), json);
            node.clear("shop.outcomes");
            node.clear();
        }
    }

    @Test
    void sendsOnceWhatHasTheSameKey() throws Exception {
        Filling once = message -> {
            message.setStringProperty("from", "a@far.test");
            message.setStringProperty("to", "alice@local.test");
            message.setStringProperty("subject", "order");
            message.setStringProperty("idempotencyKey", "order 4711");
        };
        send("hello", 0, once);
        taken();
        send("hello", 0, once);
        Await.until("the second is taken", () -> node.taken(SUBMIT) >= 2 && node.depth(SUBMIT) == 0);
        taken();
        send("another text\n".repeat(500), 0, once);
        Message invalid = invalid();
        assertTrue(invalid.getStringProperty("reason").startsWith("another message had this idempotencyKey before"));
        assertEquals(1, node.depth("mail.deliver.local"));
        assertEquals(1, node.depth("mail.submitted"));
        Await.until("the file of the message that was set aside is gone", () -> isSpoolEmpty());
    }

    @Test
    void doesNotKnowTheKeyOfAMessageThatARuleRejected() throws Exception {
        Filling looping = message -> message.setStringProperty("idempotencyKey", "looping");
        String text = "Received: x\n".repeat(31) + "From: a@far.test\nTo: alice@local.test\n\nhello";
        send(text, 0, looping);
        Await.until("it is set aside", () -> node.depth("mail.submit.invalid") == 1);
        send(text, 0, looping);
        Await.until("it is read again, as it was not sent", () -> node.depth("mail.submit.invalid") == 2);
        assertEquals(0, node.depth("mail.submitted"));
    }

    @Test
    void knowsAKeyAfterARestart() throws Exception {
        Filling once = message -> {
            message.setStringProperty("from", "a@far.test");
            message.setStringProperty("to", "alice@local.test");
            message.setStringProperty("subject", "order");
            message.setStringProperty("idempotencyKey", "restart");
        };
        send("hello", 0, once);
        taken();
        talk.close();
        start();
        send("hello", 0, once);
        Await.until("the second is taken", () -> node.taken(SUBMIT) >= 1 && node.depth(SUBMIT) == 0);
        taken();
    }

    @Test
    void setsAsideAMalformedKey() throws Exception {
        send("{}", 0, message -> message.setStringProperty("idempotencyKey", ""));
        assertReason("malformed idempotencyKey");
    }

    /** A queue that is not ours: what its reader rejects is seen, and not kept by the broker for days. */
    @Test
    void showsWhatAConsumerOfAnotherQueueRejects() throws Exception {
        talk.putText("shop.orders", "poison");
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl());
        factory.getRedeliveryPolicy().setMaximumRedeliveries(0);
        try (Connection connection = factory.createConnection()) {
            connection.start();
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            assertEquals(
                    "poison",
                    ((TextMessage) session.createConsumer(new ActiveMQQueue("shop.orders"))
                                    .receive())
                            .getText());
            session.rollback();
        }
        Await.until("it is seen", () -> node.hasQueue("ActiveMQ.DLQ") && node.depth("ActiveMQ.DLQ") == 1);
        assertEquals(0, node.depth("shop.orders"));
    }

    private static boolean isSpoolEmpty() {
        try {
            return node.spool().isEmpty();
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Message invalid() throws Exception {
        Await.until("it is set aside", () -> node.hasQueue(INVALID) && node.depth(INVALID) == 1);
        Await.until("it was taken", () -> node.depth(SUBMIT) == 0);
        return talk.browse(INVALID).get(0);
    }

    private static void assertReason(String start) throws Exception {
        String reason = invalid().getStringProperty("reason");
        assertTrue(reason.startsWith(start), reason);
    }
}
