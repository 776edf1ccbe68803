package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.Verdict;
import dev.caravan.store.Stored;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.EventTalk;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.Message;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.region.BaseDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Test;

/** What programs hear of a mail, from its acceptance to its end. */
@RunningServer(started = false)
class EventsJourneyTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);

    private final MovingClock clock = MovingClock.now();
    private FakeMailServer peer;
    private TestServer node;

    @Test
    void tellsTheWholeWayOfAMailInOrder() throws Exception {
        peer.reply("RCPT", "450 4.2.0 try later");
        node.set("events.topic", "true").start();
        try (EventTalk talk = EventTalk.durable("way")) {
            node.send("<alice@local.test> ENVID=order-7", "<b@far.test>");
            Message accepted = talk.next();
            assertEquals("accepted", accepted.getStringProperty("event"));
            assertEquals("order-7", accepted.getStringProperty("envId"));
            assertEquals("order-7", accepted.getJMSCorrelationID());
            assertEquals("far.test", accepted.getStringProperty("domain"));

            JsonNode deferred = EventTalk.json(talk.next());
            assertEquals("deferred", deferred.get("event").asText());
            assertEquals(1, deferred.get("attempt").asInt());
            assertEquals("450 4.2.0 try later", deferred.get("reply").asText());
            assertEquals(
                    clock.instant().plus(QUARTER).toString(),
                    deferred.get("nextAttemptAt").asText());
            assertEquals(
                    accepted.getStringProperty("mailId"), deferred.get("mailId").asText());

            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            peer.forget("RCPT");
            clock.advance(QUARTER);
            node.node().tick();
            JsonNode relayed = EventTalk.json(talk.next());
            assertEquals("relayed", relayed.get("event").asText());
            assertEquals(2, relayed.get("attempt").asInt());
            assertEquals(QUARTER.toMillis(), relayed.get("queueMillis").asLong());
            assertTrue(talk.isQuiet());
        }
    }

    @Test
    void tellsOfEachRecipientAndOfTheReportToTheSender() throws Exception {
        peer.reply("RCPT TO:<gone@", "550 5.1.1 no such user");
        node.set("events.topic", "true").start();
        try (EventTalk talk = EventTalk.durable("each")) {
            node.send("<alice@local.test>", "<b@far.test>", "<gone@far.test>");
            assertEquals(List.of("accepted b@far.test", "accepted gone@far.test"), talk.next(2));
            assertEquals(List.of("relayed b@far.test", "bounced gone@far.test"), talk.next(2));
            // The report to alice is a mail as well.
            assertEquals(List.of("accepted alice@local.test", "delivered alice@local.test"), talk.next(2));
            assertTrue(talk.isQuiet());
        }
    }

    @Test
    void tellsOfMailThatIsTooOld() throws Exception {
        peer.reply("RCPT", "450 4.2.0 try later");
        node.set("events.topic", "true").start();
        try (EventTalk talk = EventTalk.selecting("event = 'expired'")) {
            node.send("<alice@local.test>", "<b@far.test>");
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            clock.advance(Duration.ofDays(5));
            node.node().tick();
            JsonNode expired = EventTalk.json(talk.next());
            assertEquals("b@far.test", expired.get("recipient").asText());
            assertEquals("4.2.0", expired.get("status").asText());
            assertTrue(talk.isQuiet());
        }
    }

    @Test
    void tellsOfWhatTheBrokerGaveUpForAnotherConsumer() throws Exception {
        node.set("events.topic", "true").set("delivery.paused", "true").start();
        node.send("<alice@local.test>", "<b@far.test>");
        try (JmsProbe talk = new JmsProbe()) {
            talk.move("mail.deliver.smtp", "mail.dead");
        }
        try (EventTalk talk = EventTalk.durable("dead")) {
            assertTrue(talk.isQuiet());
        }
        node.stop();
        node.set("delivery.paused", "false").start();
        try (EventTalk talk = EventTalk.durable("dead")) {
            JsonNode bounced = EventTalk.json(talk.next());
            assertEquals("bounced", bounced.get("event").asText());
            assertEquals("5.3.0", bounced.get("status").asText());
        }
    }

    @Test
    void keepsAllForADurableSubscriberThatIsAway() throws Exception {
        node.set("events.topic", "true").start();
        EventTalk.durable("away").close();
        for (int i = 0; i < 20; i++) {
            node.send("<alice@local.test>", "<bob@local.test>");
        }
        node.awaitQuiet();
        node.stop();
        node.start();
        try (EventTalk talk = EventTalk.durable("away")) {
            List<String> heard = talk.next(40);
            assertEquals(
                    20, heard.stream().filter("accepted bob@local.test"::equals).count());
            assertEquals(
                    20,
                    heard.stream().filter("delivered bob@local.test"::equals).count());
        }
    }

    @Test
    void tellsNobodyUnlessAsked() throws Exception {
        node.start();
        try (EventTalk talk = EventTalk.durable("unasked")) {
            node.send("<alice@local.test>", "<bob@local.test>");
            node.mailbox("bob", 1);
            node.awaitQuiet();
            assertTrue(talk.isQuiet());
        }
    }

    @Test
    void keepsEventsInQueuesThatNobodyReads() throws Exception {
        node.set("events.queues", "mail.events.one, orders.outcomes").start();
        node.send("<alice@local.test>", "<bob@local.test>");
        Await.until("both have both", () -> node.depth("mail.events.one") == 2 && node.depth("orders.outcomes") == 2);
        BaseDestination queue = (BaseDestination)
                node.node().broker().orElseThrow().service().getDestination(new ActiveMQQueue("orders.outcomes"));
        assertFalse(queue.isProducerFlowControl(), "a queue that nobody reads must not stop mail");
        BaseDestination deliveries = (BaseDestination)
                node.node().broker().orElseThrow().service().getDestination(new ActiveMQQueue("mail.deliver.smtp"));
        assertEquals(
                "queue://mail.dead",
                deliveries
                        .getDeadLetterStrategy()
                        .getDeadLetterQueueFor(null, null)
                        .toString());
    }

    @Test
    void tellsTheProgramThatSentTheMail() throws Exception {
        node.start();
        try (EventTalk talk = EventTalk.queue("orders.outcomes")) {
            submit("orders.outcomes");
            Message accepted = talk.next();
            assertEquals("accepted", accepted.getStringProperty("event"));
            assertEquals("order-8", accepted.getJMSCorrelationID());
            assertEquals(List.of("delivered bob@local.test"), talk.next(1));
            assertTrue(talk.isQuiet());
        }
    }

    @Test
    void answersAJmsClientInOrderWithItsCorrelationId() throws Exception {
        peer.reply("RCPT", "450 4.2.0 try later");
        node.start();
        try (Connection connection = new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl()).createConnection();
                EventTalk talk = EventTalk.queue("orders.outcomes")) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            TextMessage order = session.createTextMessage("Your order is on its way.");
            order.setStringProperty("from", "shop@local.test");
            order.setStringProperty("to", "b@far.test");
            order.setJMSCorrelationID("order 9 = 3");
            order.setJMSReplyTo(new ActiveMQQueue("orders.outcomes"));
            session.createProducer(new ActiveMQQueue("mail.submit")).send(order);
            assertAnswer("accepted", talk.next());
            assertAnswer("deferred", talk.next());
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            peer.forget("RCPT");
            clock.advance(QUARTER);
            node.node().tick();
            assertAnswer("relayed", talk.next());
            assertTrue(talk.isQuiet());
        }
    }

    private static void assertAnswer(String event, Message answer) throws Exception {
        assertEquals(event, answer.getStringProperty("event"));
        assertEquals("order 9 = 3", answer.getJMSCorrelationID());
        assertEquals("order 9 = 3", EventTalk.json(answer).get("envId").asText());
    }

    @Test
    void sendsNoEventToAQueueOfMail() throws Exception {
        node.start();
        submit("mail.deliver.local");
        node.mailbox("bob", 1);
        node.awaitQuiet();
        assertFalse(node.hasQueue("mail.dead.invalid") && node.depth("mail.dead.invalid") > 0);
    }

    @Test
    void tellsOfMailThatARuleHolds() throws Exception {
        node.set("events.queues", "mail.events.all").start();
        MailObject mail = mail("orders.outcomes");
        node.node().camel().createProducerTemplate().send("direct:submit", exchange -> {
            MailExchange.of(exchange).apply(new Verdict.Hold("a rule says so"));
            exchange.getMessage().setBody(mail);
        });
        try (EventTalk talk = EventTalk.queue("mail.events.all")) {
            assertEquals(List.of("held bob@local.test"), talk.next(1));
        }
        assertEquals(1, node.depth("mail.hold"));
    }

    private void submit(String outcomesTo) {
        Object stored = node.node().camel().createProducerTemplate().requestBody("direct:submit", mail(outcomesTo));
        assertTrue(stored instanceof Stored);
    }

    private MailObject mail(String outcomesTo) {
        return new MailObject(
                MailId.next(clock.instant(), new Random(1)),
                new Arrival(clock.instant(), "JMS", "", Optional.empty(), Optional.of(outcomesTo)),
                new Envelope(
                        ReversePath.of(Mailbox.parse("alice@local.test")),
                        List.of(Recipient.of("bob@local.test")),
                        MailParameters.NONE.withEnvelopeId(Optional.of("order-8"))),
                new Content.InMemory("Subject: x\r\n\r\nhello\r\n".getBytes(StandardCharsets.US_ASCII)));
    }
}
