package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.net.FreePort;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A separate broker that goes away and comes back. */
@Tag("server")
class BrokerOutageTest {
    private static final Duration STORE_TIMEOUT = Duration.ofSeconds(2);
    /** For the reply to come after its time limit, on a machine that is busy. */
    private static final Duration SLACK = Duration.ofSeconds(6);

    @TempDir
    Path folder;

    private int port;
    private EmbeddedBroker broker;

    @BeforeEach
    void startBroker() throws Exception {
        if (port == 0) {
            port = FreePort.at("127.0.0.1");
        }
        ServerHome home = new ServerHome(folder.resolve("broker"), Path.of(""));
        Settings settings = ServerSettings.load(home, Map.of(), Map.of());
        broker = EmbeddedBroker.start(home, settings, "tcp://127.0.0.1:" + port, () -> {});
    }

    @AfterEach
    void stopBroker() {
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp://127.0.0.1:%d", "failover:(tcp://127.0.0.1:%d)?timeout=3000"})
    void defersMailWhileTheBrokerIsAwayAndGoesOnWhenItIsBack(String url) throws Exception {
        try (TestServer node = node(url)) {
            int taken = 0;
            for (int i = 0; i < 5; i++) {
                assertTrue(send(node).startsWith("250"));
                taken++;
            }
            stopBroker();
            for (int i = 0; i < 3; i++) {
                Instant begun = Instant.now();
                String reply = send(node);
                Duration took = Duration.between(begun, Instant.now());
                assertTrue(reply.startsWith("451 4.3.0"), reply);
                assertTrue(took.compareTo(STORE_TIMEOUT.plus(SLACK)) < 0, "answered after " + took);
            }
            startBroker();
            for (int i = 0; i < 6; i++) {
                // Each connection finds its way back by itself, so that a 451 may still come after a 250.
                while (!send(node).startsWith("250")) {
                    Thread.onSpinWait();
                }
                taken++;
            }
            int all = taken;
            Await.until("all is delivered", () -> node.mailbox("alice").size() >= all);
            Await.until("nothing is left", () -> depth() == 0);
            assertEquals(all, node.mailbox("alice").size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp://127.0.0.1:%d", "failover:(tcp://127.0.0.1:%d)?timeout=3000"})
    void startsAndStopsWhileTheBrokerIsAway(String url) throws Exception {
        stopBroker();
        TestServer node = node(url);
        assertTrue(send(node).startsWith("451"));
        startBroker();
        while (!send(node).startsWith("250")) {
            Thread.onSpinWait();
        }
        Await.until("the mail is delivered", () -> node.mailbox("alice").size() == 1);
        stopBroker();
        Instant begun = Instant.now();
        node.stop();
        Duration took = Duration.between(begun, Instant.now());
        assertTrue(took.compareTo(Duration.ofSeconds(15)) < 0, "stopped after " + took);
    }

    @Test
    void answersAlsoWhenTheConnectionWaitsForEver() throws Exception {
        // Without a time limit of its own a failover connection blocks; the reply must not.
        try (TestServer node = node("failover:(tcp://127.0.0.1:%d)")) {
            assertTrue(send(node).startsWith("250"));
            stopBroker();
            assertTrue(send(node).startsWith("451"));
            startBroker();
            while (!send(node).startsWith("250")) {
                Thread.onSpinWait();
            }
            Await.until("both are delivered", () -> node.mailbox("alice").size() >= 2);
            Await.until("nothing is left", () -> depth() == 0);
            assertEquals(2, node.mailbox("alice").size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp://127.0.0.1:%d", "failover:(tcp://127.0.0.1:%d)?timeout=3000"})
    void sendsOnceWhatARemoteServerTookWhileTheBrokerWasAway(String url) throws Exception {
        CountDownLatch inHand = new CountDownLatch(1);
        CountDownLatch away = new CountDownLatch(1);
        try (FakeMailServer sink = new FakeMailServer().ending(subject -> {
                    inHand.countDown();
                    away.await();
                    return "250 2.0.0 taken";
                });
                TestServer node = notStarted(url)
                        .set("delivery.smarthost", sink.address())
                        .start()) {
            SmtpTestClient.sendOne(
                    node.smtp(), "<bob@local.test>", "<someone@far.test>", "Subject: one\r\n\r\nhello\r\n");
            Await.zero("the other server has the mail", inHand);
            stopBroker();
            away.countDown();
            Await.until("the server has the mail", () -> sink.count("one") == 1);
            startBroker();
            Await.until("the mail is settled", () -> depth("mail.deliver.smtp") == 0);
            assertEquals(1, sink.whole());
        } finally {
            away.countDown();
        }
    }

    private long depth() {
        return depth("mail.deliver.local");
    }

    private long depth(String queue) {
        try {
            return broker.service()
                    .getDestination(new org.apache.activemq.command.ActiveMQQueue(queue))
                    .getDestinationStatistics()
                    .getMessages()
                    .getCount();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private TestServer node(String url) throws Exception {
        return notStarted(url).start();
    }

    private TestServer notStarted(String url) {
        return new TestServer(folder.resolve("node"))
                .set("broker.url", url.formatted(port))
                .set("broker.store-timeout", STORE_TIMEOUT.toSeconds() + "s")
                .stoppingWithin(Duration.ofSeconds(3));
    }

    private static String send(TestServer node) throws IOException {
        return node.trySend("<bob@local.test>", List.of("<alice@local.test>"), "Subject: one\r\n\r\nhello\r\n");
    }
}
