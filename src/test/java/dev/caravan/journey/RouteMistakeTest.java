package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A delivery route of a user that is wrong may delay mail, but never lose it. */
@Tag("server")
class RouteMistakeTest {
    private static final String CUSTOM = "mail.deliver.custom";
    private static final String HEAD = """
            - route:
                id: deliver-custom
                routeConfigurationId: delivery-failures
                from:
                  uri: mailqueue:mail.deliver.custom
                  steps:
                    - process:
                        ref: openItem
            """;

    @TempDir
    Path folder;

    private final MovingClock clock = new MovingClock(Instant.now());

    @Test
    void aRouteThatForgetsToSettleLosesNothing() throws Exception {
        route("        - log: \"delivered, or so it believes\"\n");
        try (TestServer node = custom()) {
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            assertEquals(0, node.depth(CUSTOM));
            assertEquals(0, node.items("mail.retry.15m").get(0).progress().attempts());
        }
    }

    @Test
    void aRouteThatMarksARollbackLosesNothing() throws Exception {
        Tries.COUNT.set(0);
        route("        - bean:\n            beanType: " + Tries.class.getName() + "\n            method: count\n"
                + "        - rollback:\n            markRollbackOnly: true\n");
        try (TestServer node = custom()) {
            Await.until("it was tried twice", () -> Tries.COUNT.get() > 1);
            assertEquals(1, node.depth(CUSTOM));
        }
        try (TestServer node = new TestServer(folder)
                .with(clock)
                .set("delivery.paused", "true")
                .start()) {
            assertEquals(1, node.depth(CUSTOM) + node.depth("mail.retry.15m"));
        }
    }

    @Test
    void aRouteThatFailsIsAnAttemptThatIsDeferred() throws Exception {
        route(
                "        - throwException:\n            exceptionType: java.io.IOException\n            message: no route\n");
        try (TestServer node = custom()) {
            Await.until("it waits", () -> node.depth("mail.retry.15m") == 1);
            assertEquals(1, node.items("mail.retry.15m").get(0).progress().attempts());
            clock.advance(Duration.ofMinutes(16));
            assertEquals(1, node.node().tick());
            Await.until("it waits again", () -> node.depth("mail.retry.15m") == 1 && node.depth(CUSTOM) == 0);
            assertEquals(2, node.items("mail.retry.15m").get(0).progress().attempts());
            assertTrue(node.mailbox("bob").isEmpty());
        }
    }

    /** Counts how often a route was tried. */
    public static final class Tries {
        static final AtomicInteger COUNT = new AtomicInteger();

        public void count() {
            COUNT.incrementAndGet();
        }
    }

    private TestServer custom() throws Exception {
        TestServer node = new TestServer(folder).with(clock).start();
        new Stock().transport("custom").put(CUSTOM, 1);
        return node;
    }

    private void route(String steps) throws IOException {
        Path routes = Files.createDirectories(folder.resolve("routes"));
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.toList()) {
                Files.copy(file, routes.resolve(file.getFileName()));
            }
        }
        Files.writeString(routes.resolve("deliver-custom.camel.yaml"), HEAD + steps);
    }
}
