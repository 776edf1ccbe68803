package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is due leaves the queue, and what stands behind it stays, however many there are of both. */
@Tag("server")
class DueOrderTest {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String RETRY = "mail.retry.2h";

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();

    @Test
    void movesWhatIsDueAndNothingBehindIt() throws Exception {
        try (TestServer node = new TestServer(folder)
                .with(clock)
                .set("delivery.paused", "true")
                .start()) {
            for (int i = 1; i <= 5; i++) {
                new Stock()
                        .due(clock.instant().plusSeconds(60L * i))
                        .queuedAt(clock.instant())
                        .put(RETRY, 100 * i);
            }
            new Stock()
                    .due(clock.instant().plus(Duration.ofHours(2)))
                    .queuedAt(clock.instant())
                    .put(RETRY, 1000);
            int moved = 0;
            for (int i = 1; i <= 5; i++) {
                clock.advance(Duration.ofMinutes(1));
                int due = 100 * i;
                int now = 0;
                for (int tick = 0; tick < 20; tick++) {
                    now += node.node().tick();
                }
                assertEquals(due, now, "minute " + i);
                moved += due;
                assertEquals(moved, node.depth(LOCAL));
            }
            assertEquals(1000, node.depth(RETRY));
        }
    }
}
