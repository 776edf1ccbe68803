package dev.caravan.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.FreePort;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Much mail for destinations that are slow or dead: what it costs, and how fast mail for others goes out meanwhile. The
 * figures are printed; of them only what does not depend on the machine is asserted.
 */
class FairnessChaos {
    private static final int MUCH = 10_000;
    private static final int OTHERS = 2000;
    private static final Duration QUARTER = Duration.ofMinutes(15);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @TempDir
    private Path folder;

    /** All hosts are at addresses of loopback: that of {@code dN.test} at 127.0.0.N. */
    private static FakeDns dns() {
        return new FakeDns(host -> "127.0.0." + host.substring("mx.d".length(), host.indexOf(".test")));
    }

    @Test
    void oneConnectionAnIntervalForADeadHost() throws Exception {
        MovingClock clock = MovingClock.now();
        int port = FreePort.at("127.0.0.2");
        try (FakeMailServer host = FakeMailServer.at("127.0.0.2", port).reply("connect", "");
                TestServer node = new TestServer(folder)) {
            node.with(clock)
                    .with(dns())
                    .set("delivery.port", Integer.toString(port))
                    .set("delivery.max-in-hand", "40")
                    .start();
            new Stock()
                    .transport("smtp")
                    .to("a@d2.test")
                    .arrivedAt(clock.instant())
                    .put("mail.deliver.smtp", MUCH);
            for (int interval = 1; interval <= 2; interval++) {
                long begun = System.nanoTime();
                until("all are deferred", () -> {
                    if (node.depth("mail.deliver.smtp") == 0 && node.depth("mail.retry.30s") > 0) {
                        clock.advance(Duration.ofSeconds(30));
                        node.node().tick();
                    }
                    return node.depth("mail.retry.15m") == MUCH;
                });
                print("dead host: " + MUCH + " mails, interval " + interval + ": " + host.connections()
                        + " connections, " + seconds(begun) + " s");
                assertEquals(interval, host.connections());
                clock.advance(QUARTER);
                until("all are moved", () -> {
                    node.node().tick();
                    return node.depth("mail.deliver.smtp") + node.depth("mail.retry.30s") > 0;
                });
                while (node.node().tick() > 0) {
                    // The rest of what is due.
                    continue;
                }
            }
        }
    }

    @Test
    void otherMailGoesOutAsWithoutSlowDestinations() throws Exception {
        double alone = rateBeside(0);
        double one = rateBeside(1);
        double three = rateBeside(3);
        print(String.format(
                java.util.Locale.ROOT,
                "%d others: %.0f/s alone, %.0f/s beside one slow destination with %d mails, %.0f/s beside three",
                OTHERS,
                alone,
                one,
                MUCH,
                three));
    }

    /** Mails a second to a destination that is well, while others take 30 s for each of their mails. */
    private double rateBeside(int slowOnes) throws Exception {
        String[] addresses = {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"};
        int port = FreePort.at(addresses);
        try (FakeMailServer well = FakeMailServer.at("127.0.0.5", port);
                FakeMailServer slow2 = slow("127.0.0.2", port);
                FakeMailServer slow3 = slow("127.0.0.3", port);
                FakeMailServer slow4 = slow("127.0.0.4", port);
                TestServer node = new TestServer(folder.resolve("beside" + slowOnes))) {
            node.with(dns())
                    .set("delivery.port", Integer.toString(port))
                    .set("delivery.max-in-hand", "40")
                    .stoppingWithin(Duration.ofSeconds(1))
                    .ticking()
                    .start();
            // The way is warm before anything is measured.
            new Stock().transport("smtp").to("a@d5.test").put("mail.deliver.smtp", OTHERS);
            until("warm", () -> well.count() == OTHERS && node.depth("mail.retry.30s") == 0);
            long begun = System.nanoTime();
            for (int i = 0; i < slowOnes; i++) {
                new Stock().transport("smtp").to("a@d" + (i + 2) + ".test").put("mail.deliver.smtp", MUCH / slowOnes);
            }
            String first = "";
            if (slowOnes > 0) {
                until("the first wave waits", () -> node.depth("mail.deliver.smtp") <= 40);
                first = ", first wave parked in " + seconds(begun) + " s";
                // So long that what waits goes round and round.
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(45);
                until("mail goes round", () -> System.nanoTime() - end > 0);
            }
            long measured = System.nanoTime();
            new Stock().transport("smtp").to("a@d5.test").put("mail.deliver.smtp", OTHERS);
            until("others are out", () -> well.count() == 2 * OTHERS);
            double rate = OTHERS / seconds(measured);
            int inHand = slow2.whole() + slow3.whole() + slow4.whole();
            int taken = slow2.count() + slow3.count() + slow4.count();
            print(String.format(
                    java.util.Locale.ROOT,
                    "%d slow: others %.0f/s%s; slow ones: %d in hand, %d taken, %d wait, %d tried",
                    slowOnes,
                    rate,
                    first,
                    inHand - taken,
                    taken,
                    node.depth("mail.retry.30s"),
                    node.depth("mail.retry.15m")));
            if (slowOnes > 0) {
                assertTrue(inHand - taken < 40, inHand + " in hand");
                assertEquals(0, node.depth("mail.retry.15m"));
            }
            return rate;
        }
    }

    private static FakeMailServer slow(String address, int port) throws IOException {
        return FakeMailServer.at(address, port).ending(subject -> {
            Thread.sleep(30_000);
            return "250 2.0.0 taken";
        });
    }

    private static void until(String what, BooleanSupplier claim) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!claim.getAsBoolean()) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError("did not come true: " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static double seconds(long begun) {
        return Math.round((System.nanoTime() - begun) / 1e8) / 10.0;
    }

    private static void print(String line) {
        System.out.println("fairness: " + line);
    }
}
