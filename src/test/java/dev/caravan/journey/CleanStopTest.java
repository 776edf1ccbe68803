package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.HoldingMailHost;
import dev.caravan.testkit.Load;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A clean stop finishes what is in hand, leaves the rest where it is, and counts nothing of it as an attempt. */
@Tag("server")
class CleanStopTest {
    private static final String SMTP = QueueNames.deliver("smtp");
    private static final String LOCAL = QueueNames.deliver("local");
    private static final Duration SHORT = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    @Test
    void letsAClientFinishItsMailAndSends421ToIdleOnes() throws Exception {
        TestServer node = new TestServer(folder).set("delivery.paused", "true").start();
        try (SmtpTestClient idle = new SmtpTestClient(node.smtp());
                SmtpTestClient busy = new SmtpTestClient(node.smtp())) {
            idle.say("EHLO idle.test");
            busy.say("EHLO busy.test");
            busy.say("MAIL FROM:<sender@far.test>");
            busy.say("RCPT TO:<alice@local.test>");
            busy.say("DATA");
            busy.raw("Subject: in the middle\r\n\r\n");

            CompletableFuture<Void> stopped = CompletableFuture.runAsync(node::stop);
            assertTrue(idle.reply().startsWith("421 4.3.2"), "an idle session gets 421");
            busy.raw("the rest\r\n");
            assertTrue(busy.say(".").startsWith("250 2.0.0"), "the mail in hand is taken");
            assertTrue(busy.reply().startsWith("421 4.3.2"), "and then its session gets 421");
            stopped.get(30, TimeUnit.SECONDS);
        }
        try (TestServer again = new TestServer(folder).start()) {
            Await.until("the mail arrives", () -> again.mailbox("alice").size() == 1);
            assertTrue(again.mailbox("alice").get(0).endsWith("in the middle\n\nthe rest\n"));
        }
    }

    @Test
    void waitsForAServerThatIsSlowToAnswer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        try (FakeMailServer sink = new FakeMailServer().ending(subject -> {
            asked.countDown();
            mayAnswer.await();
            return "250 2.0.0 taken, at last";
        })) {
            TestServer node = relay(folder, sink).start();
            node.send("<sender@local.test>", List.of("<someone@far.test>"), "Subject: slow\r\n\r\nhello\r\n");
            Await.zero("the other server is asked", asked);
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(node::stop);
            Await.until("the listener is gone", () -> !accepts(node));
            mayAnswer.countDown();
            stopped.get(30, TimeUnit.SECONDS);
            assertEquals(1, sink.count("slow"));
            try (TestServer again =
                    relay(folder, sink).set("delivery.paused", "true").start()) {
                assertEquals(0, again.depth(SMTP));
            }
        }
    }

    /** The time for last replies is an hour: who waited for a host here would not end in time. */
    @ParameterizedTest
    @ValueSource(strings = {"connect", "EHLO", "MAIL", "RCPT", "DATA"})
    void givesUpAtOnceWhatHasNotSentItsContent(String stage) throws Exception {
        // More connections are made only when the first has got its greeting.
        int mails = stage.equals("connect") ? 1 : 3;
        try (HoldingMailHost slow = new HoldingMailHost(stage)) {
            TestServer node = new TestServer(folder)
                    .set("delivery.smarthost", slow.address())
                    .set("delivery.stop-timeout", "1h")
                    .start();
            for (int i = 1; i <= mails; i++) {
                node.send("<sender@local.test>", List.of("<someone@far.test>"), "Subject: x\r\n\r\nhello\r\n");
                slow.awaitHeld(i);
            }
            try (LoggedLines log = new LoggedLines()) {
                CompletableFuture.runAsync(node::stop).get(60, TimeUnit.SECONDS);
                assertEquals(List.of(), log.ofFaults(), "nothing is wrong");
            }
        }
        try (FakeMailServer sink = new FakeMailServer()) {
            try (TestServer again =
                    relay(folder, sink).set("delivery.paused", "true").start()) {
                assertUntried(again.items(SMTP), mails);
            }
            try (TestServer again = relay(folder, sink).start()) {
                Await.until("all are delivered", () -> again.depth(SMTP) == 0);
            }
            assertEquals(mails, sink.count());
        }
    }

    @Test
    void cutsOffAServerThatNeverAnswersAndCountsNoAttempt() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        try (FakeMailServer sink = new FakeMailServer()) {
            sink.ending(subject -> {
                asked.countDown();
                never.await();
                return "";
            });
            TestServer node = relay(folder, sink).stoppingWithin(SHORT).start();
            for (String subject : List.of("one", "two", "three")) {
                node.send(
                        "<sender@local.test>",
                        List.of("<someone@far.test>"),
                        "Subject: " + subject + "\r\n\r\nhello\r\n");
            }
            Await.zero("the other server is asked", asked);
            Instant begun = Instant.now();
            try (LoggedLines log = new LoggedLines()) {
                node.stop();
                assertEquals(List.of(), log.ofFaults(), "nothing is wrong");
            }
            Duration took = Duration.between(begun, Instant.now());
            assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, "stopped after " + took);

            try (TestServer again =
                    relay(folder, sink).set("delivery.paused", "true").start()) {
                assertUntried(again.items(SMTP), 3);
                assertEquals(0, again.depth("mail.retry.15m"));
                assertEquals(0, again.depth(QueueNames.DEAD));
            }
            sink.ending(subject -> "250 2.0.0 taken");
            try (TestServer again = relay(folder, sink).start()) {
                Await.until("all are delivered", () -> again.depth(SMTP) == 0);
            }
            for (String subject : List.of("one", "two", "three")) {
                assertEquals(1, sink.count(subject), subject);
            }
            never.countDown();
        }
    }

    @Test
    void leavesWhatWaitsWhereItIs() throws Exception {
        try (FakeMailServer sink = new FakeMailServer()) {
            sink.ending(subject -> "451 4.2.0 not now");
            MovingClock clock = new MovingClock(Instant.now());
            try (TestServer node = relay(folder, sink).with(clock).start()) {
                node.send("<sender@local.test>", List.of("<someone@far.test>"), "Subject: waits\r\n\r\nhello\r\n");
                Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
                assertEquals(1, node.items("mail.retry.15m").get(0).progress().attempts());
            }
            clock.advance(Duration.ofMinutes(5));
            try (TestServer node = relay(folder, sink).with(clock).start()) {
                assertEquals(0, node.node().tick());
                assertEquals(1, node.items("mail.retry.15m").get(0).progress().attempts());
                clock.advance(Duration.ofMinutes(11));
                sink.ending(subject -> "250 2.0.0 taken");
                assertEquals(1, node.node().tick());
                Await.until("it is delivered", () -> sink.count("waits") == 1 && node.depth(SMTP) == 0);
            }
        }
    }

    @Test
    void stopsAtOnceUnderLoadAndDeliversAllOnceAfterwards() throws Exception {
        Load load = new Load("<bob@local.test>", 4);
        for (int round = 0; round < 2; round++) {
            TestServer node = new TestServer(folder).start();
            load.begin(node.smtp());
            int most = load.taken() + 60;
            Await.until("mail is taken", () -> load.taken() >= most);
            node.stop();
            load.end();
        }
        assertEquals(Set.of(), load.subjects(Load.Fate.UNKNOWN), "every mail in hand was answered");
        try (TestServer node = new TestServer(folder).start()) {
            Await.until("all is delivered", () -> node.depth(LOCAL) == 0);
            assertEquals(load.taken(), node.mailbox("bob").size());
            assertEquals(0, node.depth(QueueNames.DEAD));
            assertEquals(0, node.depth(QueueNames.BOUNCED));
        }
    }

    @Test
    void stopsAmidDeliveriesAndSendsEachMailOnce() throws Exception {
        try (FakeMailServer sink = new FakeMailServer()) {
            try (TestServer node =
                    relay(folder, sink).set("delivery.paused", "true").start()) {
                new Stock().transport("smtp").put(SMTP, 500);
            }
            for (int most = 20; most <= 320; most += 150) {
                int sent = most;
                try (TestServer node = relay(folder, sink).start()) {
                    Await.until("some are sent", () -> sink.count() >= sent);
                }
            }
            try (TestServer node = relay(folder, sink).start()) {
                Await.until("all are sent", () -> node.depth(SMTP) + node.parked() == 0);
                assertEquals(0, node.depth("mail.retry.15m"));
            }
            assertEquals(500, sink.subjects().size());
            assertEquals(500, sink.count(), "no mail is sent twice");
        }
    }

    @Test
    void stopsAmidBouncesAndTellsEachSenderOnce() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            new Stock().put(QueueNames.DEAD, 150);
        }
        for (int most = 10; most <= 50; most += 40) {
            int returned = most;
            try (TestServer node = new TestServer(folder).start()) {
                Await.until(
                        "some are returned",
                        () -> node.hasQueue(QueueNames.BOUNCED) && node.depth(QueueNames.BOUNCED) >= returned);
            }
        }
        try (TestServer node = new TestServer(folder).start()) {
            Await.until("all are returned", () -> node.depth(QueueNames.DEAD) == 0 && node.depth(LOCAL) == 0);
            assertEquals(150, node.depth(QueueNames.BOUNCED));
            assertEquals(150, node.mailbox("bob").size());
        }
    }

    @Test
    void cutsOffAClientThatNeverFinishes() throws Exception {
        TestServer node = new TestServer(folder).stoppingWithin(SHORT).start();
        try (SmtpTestClient busy = new SmtpTestClient(node.smtp())) {
            busy.say("EHLO busy.test");
            busy.say("MAIL FROM:<sender@far.test>");
            busy.say("RCPT TO:<alice@local.test>");
            busy.say("DATA");
            busy.raw("Subject: never whole\r\n\r\n");
            Instant begun = Instant.now();
            try (LoggedLines log = new LoggedLines()) {
                node.stop();
                assertEquals(List.of(), log.ofFaults(), "nothing is wrong");
            }
            Duration took = Duration.between(begun, Instant.now());
            assertTrue(took.compareTo(Duration.ofSeconds(15)) < 0, "stopped after " + took);
        }
        try (TestServer again =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            assertEquals(0, again.depth(LOCAL));
        }
    }

    private static TestServer relay(Path folder, FakeMailServer sink) {
        return new TestServer(folder).set("delivery.smarthost", sink.address());
    }

    private static boolean accepts(TestServer node) {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            return talk.say("NOOP").startsWith("250");
        } catch (java.io.IOException e) {
            return false;
        }
    }

    private static void assertUntried(List<QueueItem> items, int count) {
        assertEquals(count, items.size());
        for (QueueItem item : items) {
            assertEquals(0, item.progress().attempts(), "a stop is no attempt");
        }
    }
}
