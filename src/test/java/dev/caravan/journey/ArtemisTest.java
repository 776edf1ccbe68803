package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.FreePort;
import dev.caravan.testkit.Artemis;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.Program;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import dev.caravan.testkit.TwoServers;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.CountDownLatch;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers, as they are, that share a broker of ActiveMQ Artemis. */
@Tag("server")
class ArtemisTest {
    private static final int TERMINATED = 143;
    private static final long LONGEST_RECEIVE_MILLIS = 30_000;

    @TempDir
    Path folder;

    @Test
    void deliversAllWhenOneOfTwoServersIsKilled() throws Exception {
        try (Program broker = start();
                TwoServers nodes = new TwoServers(folder, "failover:(" + broker.address() + ")?timeout=5000")) {
            nodes.beginLoad();
            nodes.first().kill();
            nodes.awaitMore(40);
            nodes.endLoad();
            nodes.awaitDelivered();
            nodes.requireAtMost(TwoServers.CONCURRENCY);
            nodes.requireNothingRefusedArrived();

            assertEquals(TERMINATED, nodes.second().stop());
        }
    }

    @Test
    void deliversAllWhenTheBrokerIsKilledAndStartedAgain() throws Exception {
        try (Program broker = start()) {
            Path addresses = Files.writeString(folder.resolve("addresses"), broker.address());
            String url = "failover:(" + broker.address() + ")?timeout=5000&maxReconnectDelay=500&updateURIsURL="
                    + addresses.toUri();
            try (TwoServers nodes = new TwoServers(folder, url)) {
                nodes.beginLoad();
                broker.kill();
                try (Program again = start()) {
                    Path whole = Files.writeString(folder.resolve("addresses.new"), again.address());
                    Files.move(whole, addresses, StandardCopyOption.ATOMIC_MOVE);
                    nodes.awaitMore(60);
                    nodes.endLoad();
                    nodes.awaitDelivered();
                    nodes.requireAtMost(2 * TwoServers.CONCURRENCY);
                }
            }
        }
    }

    @Test
    void returnsMailThatAForeignConsumerRejects() throws Exception {
        try (Program broker = start();
                TestServer node = new TestServer(folder.resolve("node")).set("broker.url", broker.address())) {
            node.set("delivery.paused", "true").start();
            String reply = SmtpTestClient.sendOne(
                    node.smtp(), "<bob@local.test>", "<alice@local.test>", "Subject: one\r\n\r\nhello\r\n");
            assertTrue(reply.startsWith("250"), reply);
            node.stop();

            rejectOne(broker.address());
            node.set("delivery.paused", "false").start();
            String dsn = node.mailbox("bob", 1).get(0);
            assertTrue(dsn.contains("Final-Recipient: rfc822; alice@local.test"), dsn);
            assertEquals(0, node.mailbox("alice").size());
        }
    }

    @Test
    void takesMailFromItsQueueAndTellsTheTopic() throws Exception {
        try (Program broker = start();
                TestServer node = new TestServer(folder.resolve("node")).set("broker.url", broker.address())) {
            node.set("events.topic", "true").start();
            try (Connection connection = new ActiveMQConnectionFactory(broker.address()).createConnection();
                    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
                connection.start();
                MessageConsumer topic = session.createConsumer(new ActiveMQTopic("mail.events"));
                var producer = session.createProducer(new ActiveMQQueue("mail.submit"));
                producer.send(session.createTextMessage("no mail"));
                TextMessage mail =
                        session.createTextMessage("{\"from\": \"bob@local.test\", \"to\": \"alice@local.test\"}");
                mail.setJMSReplyTo(new ActiveMQQueue("mail.events.bob"));
                producer.send(mail);
                assertEquals(1, node.mailbox("alice", 1).size());
                assertEquals("accepted", event(topic));
                assertEquals("delivered", event(topic));
                MessageConsumer own = session.createConsumer(new ActiveMQQueue("mail.events.bob"));
                assertEquals("accepted", event(own));
                assertEquals("delivered", event(own));
                MessageConsumer invalid = session.createConsumer(new ActiveMQQueue("mail.submit.invalid"));
                Message aside = invalid.receive(LONGEST_RECEIVE_MILLIS);
                assertNotNull(aside);
                assertTrue(aside.getStringProperty("reason").startsWith("no sender"));
            }
        }
    }

    @Test
    void parksMailAndFindsItAgainAfterARestart() throws Exception {
        int mails = 100;
        CountDownLatch answer = new CountDownLatch(1);
        try (Program broker = start();
                TestServer node = new TestServer(folder.resolve("node"))
                        .with(new FakeDns(host -> "127.0.0.2"))
                        .set("broker.url", broker.address())
                        .set("delivery.max-in-hand", "20");
                FakeMailServer slow = FakeMailServer.at("127.0.0.2", FreePort.at("127.0.0.2"))
                        .ending(subject -> {
                            answer.await();
                            return "250 2.0.0 taken";
                        })) {
            node.set("delivery.port", Integer.toString(slow.port())).start();
            String address = broker.address();
            for (int i = 0; i < mails; i++) {
                SmtpTestClient.sendOne(
                        node.smtp(), "<bob@local.test>", "<alice@slow.test>", "Subject: " + i + "\r\n\r\nhello\r\n");
            }
            Await.until("a lane has mail", () -> parked(address) > mails / 2);
            OperatorCli operator = new OperatorCli(folder.resolve("node"));
            assertTrue(operator.types("queue", "list").out().contains("parked"));
            node.stop();
            node.start();
            answer.countDown();
            Await.until("all is delivered", () -> {
                node.node().lookAtParkedMail();
                return slow.count() >= mails && parked(address) == 0;
            });
            assertEquals(mails, slow.subjects().size(), "each once");
        } finally {
            answer.countDown();
        }
    }

    private static int parked(String address) {
        try (Connection connection = new ActiveMQConnectionFactory(address).createConnection();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                QueueBrowser browser = session.createBrowser(new ActiveMQQueue("mail.parked.smtp.to.slow.test"))) {
            connection.start();
            Enumeration<?> parked = browser.getEnumeration();
            return Collections.list(parked).size();
        } catch (JMSException e) {
            throw new AssertionError(e);
        }
    }

    private static String event(MessageConsumer consumer) throws Exception {
        Message message = consumer.receive(LONGEST_RECEIVE_MILLIS);
        assertNotNull(message);
        return message.getStringProperty("event");
    }

    private static void rejectOne(String address) throws Exception {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(address);
        factory.getRedeliveryPolicy().setMaximumRedeliveries(0);
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            connection.start();
            try (MessageConsumer consumer = session.createConsumer(new ActiveMQQueue("mail.deliver.local"))) {
                assertNotNull(consumer.receive(LONGEST_RECEIVE_MILLIS));
                session.rollback();
            }
        }
    }

    private Program start() throws Exception {
        return Artemis.start(folder.resolve("artemis"));
    }
}
