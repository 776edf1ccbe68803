package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.Program;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flushing and removing where something else goes on: a host that is well again, a kill, a broker elsewhere. */
@Tag("server")
class QueueFlushJourneyTest {
    private static final String RETRY = "mail.retry.15m";
    private static final String SMTP = "mail.deliver.smtp";
    private static final int ITEMS = 3000;

    @TempDir
    Path folder;

    @Test
    void triesAHostAtOnceThatWasDeadAMomentAgo() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING");
                TestServer node = new TestServer(folder)) {
            node.with(MovingClock.now()).with(peer).start();
            peer.reply("connect", "421 4.3.2 not now");
            node.send("<alice@local.test>", "<bob@far.test>");
            Await.until("the mail waits", () -> node.hasQueue(RETRY) && node.depth(RETRY) == 1);
            node.awaitQuiet();
            peer.forget("connect");
            assertEquals(
                    "1 flushed\n",
                    new OperatorCli(folder).types("queue", "flush", "--all").out());
            Await.until("the mail is taken", () -> peer.taken().size() == 1);
            node.awaitQuiet();
            assertEquals(0, node.depth(RETRY));
        }
    }

    @Test
    void saysThatNoServerRuns() throws Exception {
        OperatorCli operator = new OperatorCli(folder);
        OperatorCli.Did never = operator.types("mailq");
        assertEquals(69, never.code());
        assertTrue(never.err().startsWith("caravan: no server runs for this home"), never.err());
        Path file = folder.resolve("data/control");
        try (TestServer node = new TestServer(folder).start()) {
            byte[] left = Files.readAllBytes(file);
            node.stop();
            assertFalse(Files.exists(file), "the control file is left behind");
            // As after a power cut.
            Files.write(file, left);
            assertEquals(69, operator.types("queue", "flush", "--all").code());
        }
    }

    @Test
    void losesAndDoublesNothingWhenTheServerIsKilled() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            for (int i = 0; i < ITEMS / 100; i++) {
                new Stock().transport("smtp").to("x@far.test").put(RETRY, 90);
                new Stock().transport("smtp").to("y@near.test").put(RETRY, 10);
            }
        }
        try (Child child = new Child(folder, List.of("-Xmx256m"), List.of("delivery.paused=true"))) {
            CompletableFuture<OperatorCli.Did> did = CompletableFuture.supplyAsync(
                    () -> new OperatorCli(folder).types("queue", "flush", "--domain", "near.test"));
            Await.until("some are flushed", () -> depth(child) > 0);
            child.kill();
            did.join();
        }
        try (TestServer node =
                new TestServer(folder).set("delivery.paused", "true").start()) {
            OperatorCli operator = new OperatorCli(folder);
            assertAllThere(operator);
            assertEquals(
                    0, operator.types("queue", "flush", "--domain", "near.test").code());
            assertAllThere(operator);
            assertEquals(ITEMS / 10, node.depth(SMTP));
            assertEquals(ITEMS - ITEMS / 10, node.depth(RETRY));
        }
    }

    private static long depth(Child child) {
        try {
            return child.depth(SMTP);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertAllThere(OperatorCli operator) throws Exception {
        List<String> lines = operator.lists("--limit", "99999").stream()
                .map(line -> line.get("id").asText())
                .toList();
        assertEquals(ITEMS, lines.size());
        assertEquals(ITEMS, Set.copyOf(lines).size());
    }

    @Test
    void worksWhereTheBrokerIsElsewhere() throws Exception {
        Map<String, String> settings = Map.of("broker.listen", "tcp://127.0.0.1:0");
        try (Program broker = Program.caravan("broker", folder.resolve("broker"), settings);
                FakeMailServer peer = new FakeMailServer("PIPELINING");
                TestServer node = new TestServer(folder.resolve("node"))) {
            peer.reply("RCPT", "450 4.2.1 busy");
            node.with(peer).set("broker.url", broker.address()).start();
            for (String domain : List.of("far", "far", "near", "other")) {
                SmtpTestClient.sendOne(
                        node.smtp(), "<alice@local.test>", "<bob@" + domain + ".test>", "Subject: x\r\n\r\nhello\r\n");
            }
            OperatorCli operator = new OperatorCli(node.folder());
            Await.until("all mail waits", () -> lists(operator) == 4);
            OperatorCli.Did did = operator.types("mailq");
            assertTrue(did.err().startsWith("caravan: the broker is a process of its own"), did.err());
            OperatorCli there = new OperatorCli(folder.resolve("broker"));
            assertEquals(4, lists(there));
            OperatorCli.Did refused = there.types("queue", "flush", "--all");
            assertTrue(refused.err().contains("409: a broker by itself changes nothing"), refused.err());
            assertEquals(
                    "2 removed\n",
                    operator.types("queue", "remove", "--domain", "far.test", "--yes")
                            .out());
            peer.forget("RCPT");
            assertEquals(
                    "1 flushed\n",
                    operator.types("queue", "flush", "--domain", "near.test").out());
            Await.until(
                    "the mail is taken", () -> peer.takenFor("bob@near.test").size() == 1);
            Await.until("the other waits", () -> lists(operator) == 1);
            assertEquals(1, peer.taken().size());
        }
    }

    private static int lists(OperatorCli operator) {
        try {
            return operator.lists("--state", "deferred").size();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
