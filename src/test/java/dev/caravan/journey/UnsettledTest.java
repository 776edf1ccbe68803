package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.Subscription;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail that the next server has taken, when we cannot write that down: it is not sent again, and its sender is told. */
@Tag("server")
class UnsettledTest {
    private static final String LARGE = ("x".repeat(998) + "\r\n").repeat(300);

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();
    private final AtomicBoolean isFirst = new AtomicBoolean(true);

    @Test
    void sendsNothingTwiceAndConfirmsLaterWhenTheDiskRefusesTheConfirmation() throws Exception {
        Path spool = folder.resolve("data/spool");
        Path away = folder.resolve("data/away");
        try (FakeMailServer sink = new FakeMailServer().ending(subject -> once(() -> Files.move(spool, away)));
                TestServer node = relay(sink).start()) {
            node.send("<bob@local.test>", List.of("<carol@far.test> NOTIFY=SUCCESS"), "Subject: once\r\n\r\n" + LARGE);
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            assertEquals(1, sink.count());
            Files.move(away, spool);
            clock.advance(Duration.ofMinutes(15));
            assertEquals(1, node.node().tick());
            assertConfirmedOnce(node, sink);
            assertEquals(java.util.List.of(), node.spool());
        }
    }

    @Test
    void sendsNothingTwiceWhenTheCommitFails() throws Exception {
        AtomicBoolean cut = new AtomicBoolean();
        try (FakeMailServer sink = new FakeMailServer();
                TestServer node = relay(sink).start()) {
            sink.ending(subject -> once(() -> {
                for (int copies = 1; copies <= 3; copies++) {
                    cutOffHolder(node);
                    int dispatched = copies + 1;
                    Await.until("another consumer has it", () -> dispatched(node) >= dispatched);
                }
                cut.set(true);
            }));
            node.send(
                    "<bob@local.test>",
                    List.of("<carol@far.test> NOTIFY=SUCCESS"),
                    "Subject: once\r\n\r\n" + "short\r\n");
            Await.until("the connections are cut", cut::get);
            assertConfirmedOnce(node, sink);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private String once(Step step) {
        if (isFirst.compareAndSet(true, false)) {
            try {
                step.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return "250 2.0.0 taken";
    }

    /** Ends the connection of the consumer that has the mail in hand; the broker gives the mail to another. */
    private static void cutOffHolder(TestServer node) throws Exception {
        for (Subscription consumer : queue(node).getConsumers()) {
            if (consumer.getInFlightSize() > 0) {
                consumer.getContext().getConnection().stop();
            }
        }
    }

    private static long dispatched(TestServer node) {
        return queue(node).getDestinationStatistics().getDispatched().getCount();
    }

    private static Destination queue(TestServer node) {
        try {
            return node.node()
                    .broker()
                    .orElseThrow()
                    .service()
                    .getDestination(new ActiveMQQueue(QueueNames.deliver("smtp")));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void assertConfirmedOnce(TestServer node, FakeMailServer sink) {
        assertTrue(node.mailbox("bob", 1).get(0).contains("Action: relayed"));
        node.awaitQuiet();
        assertEquals(1, sink.count());
        assertEquals(1, sink.whole());
        assertEquals(0, node.depth("mail.retry.15m"));
        assertEquals(0, node.hasQueue(QueueNames.BOUNCED) ? node.depth(QueueNames.BOUNCED) : 0);
        assertEquals(1, node.mailbox("bob").size());
    }

    private TestServer relay(FakeMailServer sink) {
        return new TestServer(folder).with(clock).set("delivery.smarthost", sink.address());
    }
}
