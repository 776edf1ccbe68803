package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.FreePort;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.HoldingMailHost;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parked mail is neither lost nor sent twice, whatever happens to the servers that serve its lanes. */
@Tag("server")
class ParkedMailSurvivesTest {
    private static final String SMTP = QueueNames.deliver("smtp");
    private static final int IN_HAND = 8;

    @TempDir
    Path folder;

    @Test
    void twoServersShareItsLanes() throws Exception {
        int mails = 300;
        int brokerPort = FreePort.at("127.0.0.1");
        int port = FreePort.at("127.0.0.2");
        CountDownLatch answer = new CountDownLatch(1);
        try (FakeMailServer slow = holding(port, answer);
                TestServer first = sharing("first", port)
                        .set("broker.listen", "tcp://127.0.0.1:" + brokerPort)
                        .start();
                TestServer second = sharing("second", port)
                        .set("broker.url", "tcp://127.0.0.1:" + brokerPort)
                        .start()) {
            new Stock().transport("smtp").to("alice@slow.test").put(SMTP, mails);
            Await.until("both have what they may", () -> slow.whole() == 10);
            Await.until(
                    "the rest is parked or comes back later",
                    () -> first.depth(SMTP) <= 2 * IN_HAND && open(first) == mails);
            assertTrue(first.parked() > 0);
            answer.countDown();
            Await.until("the lanes are empty", () -> {
                second.node().lookAtParkedMail();
                return first.depth(SMTP) + first.parked() == 0;
            });
            Await.until("all are delivered", () -> slow.count() + first.depth("mail.retry.30s") == mails);
            assertEquals(slow.count(), slow.subjects().size(), "none is sent twice");
            assertEquals(0, first.depth(QueueNames.DEAD) + first.depth("mail.retry.15m"));
        } finally {
            answer.countDown();
        }
    }

    private static long open(TestServer node) {
        return node.depth(SMTP) + node.parked() + node.depth("mail.retry.30s");
    }

    private TestServer sharing(String name, int port) throws IOException {
        return new TestServer(folder.resolve(name))
                .with(new FakeDns(host -> "127.0.0.2"))
                .set("delivery.port", Integer.toString(port))
                .set("delivery.max-in-hand", Integer.toString(IN_HAND))
                .set("content.spool", folder.resolve("spool").toString())
                .set("delivery.maildirs", folder.resolve("maildir").toString());
    }

    private static FakeMailServer holding(int port, CountDownLatch answer) throws IOException {
        return FakeMailServer.at("127.0.0.2", port).ending(subject -> {
            answer.await();
            return "250 2.0.0 taken";
        });
    }

    @Test
    void aReloadWithHundredsInHandLosesAndDoublesNothing() throws Exception {
        int domains = 60;
        int each = 15;
        int port = FreePort.at("127.0.0.2");
        OwnRoutes routes = new OwnRoutes(folder);
        CountDownLatch answer = new CountDownLatch(1);
        try (FakeMailServer slow = holding(port, answer);
                TestServer node = new TestServer(folder)
                        .with(new FakeDns(host -> "127.0.0.2"))
                        .set("delivery.port", Integer.toString(port))
                        .set("delivery.max-in-hand", "400")
                        .start()) {
            for (int domain = 0; domain < domains; domain++) {
                new Stock()
                        .transport("smtp")
                        .to("alice@d" + domain + ".test")
                        // Part of each subject.
                        .put(SMTP, each);
            }
            Await.until("hundreds are in hand", () -> slow.whole() == domains * 5);
            Await.until("others are parked", () -> node.parked() > domains && node.depth(SMTP) <= 400);
            routes.edit("deliver-smtp", "# Mail for other", "# Now mail for other");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertEquals(0, slow.count());
            answer.countDown();
            Await.until("all are delivered", () -> node.depth(SMTP) + node.parked() == 0);
            assertEquals(0, node.depth("mail.retry.30s") + node.depth("mail.retry.15m"));
            assertEquals(domains * each, slow.count(), "none is lost, none is sent twice");
            Set<String> different = new HashSet<>();
            slow.taken().forEach(taken -> different.add(taken.recipients() + " " + subject(taken.content())));
            assertEquals(domains * each, different.size());
        } finally {
            answer.countDown();
        }
    }

    private static String subject(String content) {
        return content.lines()
                .filter(line -> line.startsWith("Subject: "))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void killedServersDeliverAllOfIt() throws Exception {
        int mails = 300;
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            new Stock().transport("smtp").put(SMTP, mails);
        }
        try (HoldingMailHost host = new HoldingMailHost("RCPT")) {
            List<String> settings = List.of("delivery.smarthost=" + host.address(), "delivery.max-in-hand=" + IN_HAND);
            try (Child child = new Child(folder, List.of("-Xmx256m"), settings)) {
                host.awaitHeld(2);
                Await.until("the rest is parked", () -> depth(child) <= IN_HAND);
                assertEquals(mails, child.open());
                child.kill();
            }
            host.release();
            try (Child child = new Child(folder, List.of("-Xmx256m"), settings)) {
                Await.until("some are delivered", () -> host.taken().size() >= mails / 5);
                child.kill();
            }
            try (Child child = new Child(folder, List.of("-Xmx256m"), settings)) {
                Await.until("all queues are empty", () -> child.open() == 0);
                child.stop();
            }
            Set<String> subjects = new HashSet<>();
            host.taken().forEach(taken -> subjects.add(subject(taken.content())));
            assertEquals(mails, subjects.size(), "none is lost");
            int copies = host.taken().size() - mails;
            assertTrue(copies <= IN_HAND, copies + " copies of what was in hand at the second kill");
        }
    }

    private static long depth(Child child) {
        try {
            return child.depth(SMTP);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
