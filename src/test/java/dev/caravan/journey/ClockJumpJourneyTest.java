package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.queue.ClockWatch;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose clock is wrong for a while: no mail is given up for that, and mail is tried in time. */
@Tag("server")
class ClockJumpJourneyTest {
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final Duration YEAR = Duration.ofDays(365);
    private static final String RETRY = "mail.retry.15m";
    private static final int COUNT = 1000;

    private final SetClock clock = new SetClock();

    @TempDir
    Path folder;

    /** Real time passes by {@code pass}, and the clock is off by what it was set. */
    private static final class SetClock extends Clock {
        private final Instant start = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        private volatile Duration passed = Duration.ZERO;
        private volatile Duration off = Duration.ZERO;

        void pass(Duration time) {
            passed = passed.plus(time);
        }

        void setOff(Duration by) {
            off = by;
        }

        ClockWatch watch() {
            return new ClockWatch(this, now -> passed.toNanos());
        }

        @Override
        public Instant instant() {
            return start.plus(passed).plus(off);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private void awaitDeferred(TestServer node) {
        Await.until("all wait", () -> node.depth(RETRY) == COUNT && node.depth("mail.deliver.smtp") == 0);
    }

    private static int tickAll(TestServer node) {
        int moved = node.node().tick();
        int more = moved;
        while (more > 0) {
            more = node.node().tick();
            moved += more;
        }
        return moved;
    }

    @Test
    void returnsNothingAfterAStartAYearAhead() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING").reply("RCPT", "450 4.2.1 busy");
                TestServer node = new TestServer(folder).with(peer)) {
            clock.setOff(YEAR);
            node.with(clock.watch()).start();
            Instant arrived = clock.instant().minus(YEAR).minus(Duration.ofMinutes(10));
            new Stock()
                    .transport("smtp")
                    .to("bob@far.test")
                    .arrivedAt(arrived)
                    .queuedAt(arrived)
                    .put(RETRY, COUNT);
            assertEquals(COUNT, tickAll(node));
            awaitDeferred(node);

            clock.pass(Duration.ofMinutes(10));
            assertEquals(0, tickAll(node));
            clock.setOff(Duration.ZERO);
            assertEquals(0, tickAll(node));
            // Ten minutes after the attempt, not at once and not in a year.
            clock.pass(Duration.ofMinutes(4));
            assertEquals(0, tickAll(node));
            clock.pass(Duration.ofMinutes(1));
            assertEquals(COUNT, tickAll(node));
            awaitDeferred(node);

            assertEquals(0, node.depth("mail.dead"));
            assertEquals(0, node.depth("mail.bounced"));
            assertEquals(0, node.mailbox("bob").size());
            assertEquals(2 * COUNT, peer.heard("MAIL"));
        }
    }

    @Test
    void goesOnAfterTheClockWasSetBack() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING").reply("RCPT", "450 4.2.1 busy");
                TestServer node = new TestServer(folder).with(peer).with(clock.watch())) {
            node.start();
            node.send("<alice@local.test>", "<bob@far.test>");
            Await.until("it waits", () -> node.depth(RETRY) == 1 && node.depth("mail.deliver.smtp") == 0);
            clock.pass(Duration.ofMinutes(5));
            clock.setOff(Duration.ofHours(-1));
            assertEquals(0, tickAll(node));
            clock.pass(Duration.ofMinutes(9));
            assertEquals(0, tickAll(node));
            peer.forget("RCPT");
            clock.pass(Duration.ofMinutes(1));
            assertEquals(1, tickAll(node));
            Await.until("it is taken", () -> peer.taken().size() == 1);
        }
    }

    /** Real age counts in the end. */
    @Test
    void givesUpWhenTheClockHasBeenSteadyForFourDelays() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING").reply("RCPT", "450 4.2.1 busy");
                TestServer node = new TestServer(folder).with(peer).with(clock.watch())) {
            node.start();
            Instant old = clock.instant().minus(Duration.ofDays(6));
            new Stock()
                    .transport("smtp")
                    .to("bob@far.test")
                    .arrivedAt(old)
                    .queuedAt(old)
                    .put(RETRY, 1);
            for (int attempt = 1; attempt <= 4; attempt++) {
                assertEquals(1, tickAll(node));
                Await.until("it waits", () -> node.depth(RETRY) == 1 && node.depth("mail.deliver.smtp") == 0);
                assertEquals(attempt, peer.heard("MAIL"));
                clock.pass(QUARTER);
            }
            assertEquals(1, tickAll(node));
            Await.until("it is returned", () -> node.depth("mail.bounced") == 1);
        }
    }

    @Test
    void keepsReturnedMailWhileTheClockIsDoubtful() throws Exception {
        try (TestServer node = new TestServer(folder).with(clock.watch())) {
            node.start();
            new Stock().queuedAt(clock.instant().minus(Duration.ofDays(8))).put("mail.bounced", 3);
            assertEquals(0, node.node().prune());
            clock.pass(Duration.ofMinutes(59));
            assertEquals(0, node.node().prune());
            clock.pass(Duration.ofMinutes(1));
            assertEquals(3, node.node().prune());
        }
    }
}
