package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.lifecycle.Threads;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.Load;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A delivery route can be changed while it is delivering: no mail is lost, none is sent twice, none has to wait. */
@Tag("server")
class ReloadDeliveryTest {
    private static final String SMTP = QueueNames.deliver("smtp");
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String OPEN = "        - bean:\n            id: deliver-by-smtp\n";

    @TempDir
    Path folder;

    private OwnRoutes routes;

    @BeforeEach
    void copy() throws Exception {
        routes = new OwnRoutes(folder);
    }

    @Test
    void replacesDeliveryAndSettlingUnderLoad() throws Exception {
        try (FakeMailServer sink = new FakeMailServer()) {
            try (TestServer node = relay(sink).set("delivery.paused", "true").start()) {
                new Stock().transport("smtp").put(SMTP, 500);
            }
            try (TestServer node = relay(sink).start()) {
                for (int round = 1; round <= 3; round++) {
                    int sent = round * 100;
                    Await.until("some are sent", () -> sink.count() >= sent);
                    routes.edit("deliver-smtp", "# Mail for other", "# Round " + round + ": mail for other")
                            .edit("settle", "# What follows", "# Round " + round + ": what follows");
                    assertEquals(List.of(), ReloadTest.reload(node));
                    routes.edit("deliver-smtp", "# Round " + round + ": mail", "# Mail")
                            .edit("settle", "# Round " + round + ": what", "# What");
                }
                Await.until("all are sent", () -> node.depth(SMTP) == 0);
                assertEquals(0, node.depth("mail.retry.15m"));
                assertEquals(0, node.depth(QueueNames.DEAD));
            }
            assertEquals(500, sink.subjects().size(), "none is lost");
            assertEquals(500, sink.count(), "none is sent twice");
        }
    }

    @Test
    void replacesAllRoutesWhileMailComesIn() throws Exception {
        Load load = new Load("<bob@local.test>", 4);
        try (TestServer node = new TestServer(folder).start()) {
            load.begin(node.smtp());
            for (int round = 1; round <= 3; round++) {
                int most = load.taken() + 40;
                Await.until("mail is taken", () -> load.taken() >= most);
                routes.edit("failures", "# What happens", "# " + round + "\n# What happens");
                assertEquals(List.of(), ReloadTest.reload(node));
            }
            int most = load.taken() + 40;
            Await.until("mail is taken", () -> load.taken() >= most);
            load.end();
            Await.until("all is delivered", () -> node.depth(LOCAL) == 0);
            assertEquals(load.taken(), node.mailbox("bob").size());
            assertEquals(0, node.depth(QueueNames.DEAD));
            assertEquals(0, node.depth("mail.retry.15m"));
        }
    }

    @Test
    void theNewRouteDeliversWhileTheOldOneStillWaitsForAServer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (FakeMailServer sink = new FakeMailServer().ending(subject -> {
            if (subject.equals("slow")) {
                asked.countDown();
                mayAnswer.await();
            }
            return "250 2.0.0 taken";
        })) {
            try (TestServer node = relay(sink).start()) {
                node.send("<sender@local.test>", List.of("<someone@far.test>"), "Subject: slow\r\n\r\nhello\r\n");
                Await.zero("the other server is asked", asked);
                routes.edit("deliver-smtp", OPEN, "        - log: \"the new one\"\n" + OPEN);
                assertEquals(List.of(), ReloadTest.reload(node));
                node.send("<sender@local.test>", List.of("<someone@far.test>"), "Subject: quick\r\n\r\nhello\r\n");
                Await.until("the new route delivers", () -> sink.count("quick") == 1);
                assertEquals(0, sink.count("slow"));
                mayAnswer.countDown();
                Await.until("both are settled", () -> node.depth(SMTP) == 0);
                assertEquals(1, sink.count("slow"));
                assertEquals(0, node.depth("mail.retry.15m"));
                Await.until("the old route is gone", () -> {
                    assertEquals(List.of(), node.node().reload());
                    return node.node().camel().getRoute("deliver-smtp") == null;
                });
            }
            assertEquals(1, sink.count("slow"));
        }
    }

    @Test
    void stopsCleanlyWhileAnOldRouteStillHasMailInHand() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (FakeMailServer sink = new FakeMailServer().ending(subject -> {
            asked.countDown();
            mayAnswer.await();
            return "250 2.0.0 taken";
        })) {
            TestServer node = relay(sink).start();
            node.send("<sender@local.test>", List.of("<someone@far.test>"), "Subject: slow\r\n\r\nhello\r\n");
            Await.zero("the other server is asked", asked);
            routes.edit("deliver-smtp", "# Mail for other", "# Now mail for other");
            assertEquals(List.of(), ReloadTest.reload(node));
            Thread stop = Threads.start("stop", node::stop);
            Await.until("the stop has begun", () -> !stop.isAlive() || isRefused(node));
            mayAnswer.countDown();
            Await.until("the stop has ended", () -> !stop.isAlive());
            try (TestServer again = relay(sink).set("delivery.paused", "true").start()) {
                assertEquals(0, again.depth(SMTP));
            }
            assertEquals(1, sink.count("slow"));
        }
    }

    private static boolean isRefused(TestServer node) {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            return !talk.say("NOOP").startsWith("250");
        } catch (java.io.IOException e) {
            return true;
        }
    }

    private TestServer relay(FakeMailServer sink) {
        return new TestServer(folder).set("delivery.smarthost", sink.address());
    }
}
