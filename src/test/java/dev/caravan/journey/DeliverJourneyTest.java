package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A route that begins at {@code deliver:NAME} is its steps and nothing else; whatever they do, no message is lost. */
@Tag("server")
class DeliverJourneyTest {
    private static final String CUSTOM = "mail.deliver.custom";
    private static final String WAITS = "mail.retry.15m";

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();

    /** A step that ends when the test says so. */
    public static final class Slow {
        static final LinkedBlockingQueue<CompletableFuture<Object>> STARTED = new LinkedBlockingQueue<>();
        static final Set<String> THREADS = ConcurrentHashMap.newKeySet();

        public CompletionStage<Object> start() {
            THREADS.add(Thread.currentThread().getName());
            CompletableFuture<Object> end = new CompletableFuture<>();
            STARTED.add(end);
            return end;
        }
    }

    @BeforeEach
    void forget() {
        Slow.STARTED.clear();
        Slow.THREADS.clear();
    }

    @Test
    void aRouteThatEndsHasDelivered() throws Exception {
        route("", "- log: \"${header.itemId} for ${header.recipientList}\"");
        try (TestServer server = custom(1)) {
            Await.until("it is delivered", () -> server.taken(CUSTOM) == 1);
            assertEquals(0, server.depth(WAITS) + server.depth("mail.dead"));
        }
    }

    @Test
    void aStepMayEndOnAnotherThreadWhileItsPlaceHasNone() throws Exception {
        route("?concurrency=3", "- bean: { beanType: " + Slow.class.getName() + ", method: start }");
        try (TestServer server = custom(5)) {
            List<CompletableFuture<Object>> first = started(3);
            assertEquals(null, Slow.STARTED.poll(200, TimeUnit.MILLISECONDS), "no more than the limit are in hand");
            assertTrue(
                    Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> Slow.THREADS.contains(thread.getName()))
                            .noneMatch(thread -> runsCaravan(thread)),
                    "no thread waits for a step");
            // In another order than they began, by a thread of ours that goes on at once.
            first.get(2).complete("done");
            first.get(0).complete("done");
            List<CompletableFuture<Object>> next = started(2);
            Await.until("two are settled", () -> server.taken(CUSTOM) == 2);
            first.get(1).complete("done");
            next.forEach(step -> step.complete("done"));
            Await.until("all are settled", () -> server.taken(CUSTOM) == 5 && server.depth(CUSTOM) == 0);
            assertEquals(0, server.depth(WAITS));
        }
    }

    private static boolean runsCaravan(Thread thread) {
        return List.of(thread.getStackTrace()).stream()
                .anyMatch(frame -> frame.getClassName().contains("DeliveryAttempt"));
    }

    private static List<CompletableFuture<Object>> started(int count) throws InterruptedException {
        List<CompletableFuture<Object>> steps = new java.util.ArrayList<>();
        while (steps.size() < count) {
            CompletableFuture<Object> step = Slow.STARTED.poll(60, TimeUnit.SECONDS);
            assertTrue(step != null, "a step began");
            steps.add(step);
        }
        return steps;
    }

    @Test
    void aStepThatFailsOnAnotherThreadDefers() throws Exception {
        route("", "- bean: { beanType: " + Slow.class.getName() + ", method: start }");
        try (TestServer server = custom(1)) {
            started(1).get(0).completeExceptionally(new IllegalStateException("no"));
            Await.until("it waits", () -> server.depth(WAITS) == 1 && server.depth(CUSTOM) == 0);
            assertEquals(1, server.items(WAITS).get(0).progress().attempts());
        }
    }

    @Test
    void aCleanStopWaitsForAStepThatEnds() throws Exception {
        route("", "- bean: { beanType: " + Slow.class.getName() + ", method: start }");
        TestServer server = custom(2);
        List<CompletableFuture<Object>> steps = started(2);
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::stop);
        steps.get(0).complete("done");
        steps.get(1).complete("done");
        stopped.get(60, TimeUnit.SECONDS);
        assertEquals(List.of(0L, 0L), left());
    }

    @Test
    void aStopCutsOffAStepThatNeverEndsAndItsMessageStays() throws Exception {
        route("", "- bean: { beanType: " + Slow.class.getName() + ", method: start }");
        TestServer server = new TestServer(folder)
                .with(clock)
                .stoppingWithin(Duration.ofSeconds(1))
                .start();
        new Stock().transport("custom").put(CUSTOM, 1);
        started(1);
        CompletableFuture.runAsync(server::stop).get(60, TimeUnit.SECONDS);
        assertEquals(List.of(1L, 0L), left());
    }

    /** Messages in the queue, and those that wait, behind a restart. */
    private List<Long> left() throws Exception {
        try (TestServer again = new TestServer(folder)
                .with(clock)
                .set("delivery.paused", "true")
                .start()) {
            return List.of(again.depth(CUSTOM), again.depth(WAITS));
        }
    }

    @Test
    void aRouteThatIsReplacedEndsWhatItHasInHand() throws Exception {
        OwnRoutes routes = route("?concurrency=1", "- bean: { beanType: " + Slow.class.getName() + ", method: start }");
        try (TestServer server = custom(1)) {
            CompletableFuture<Object> old = started(1).get(0);
            write(routes, "", "- to: mailqueue:custom.out");
            Await.until("the new route is there", () -> {
                server.node().reload();
                return server.node().camel().getRoutes().stream()
                        .anyMatch(route -> route.getId().startsWith("deliver-custom~"));
            });
            new Stock().transport("custom").put(CUSTOM, 1);
            Await.until("the new one serves", () -> server.hasQueue("custom.out") && server.depth("custom.out") == 1);
            old.complete("done");
            Await.until("the old one has settled", () -> server.depth(CUSTOM) == 0);
            assertEquals(0, server.depth(WAITS));
        }
    }

    @Test
    void anErrorHandlerThatIsDoneWithAnExceptionHasNotDelivered() throws Exception {
        route("", "- throwException: { exceptionType: java.io.IOException, message: no }", """
                - routeConfiguration:
                    id: done
                    onException:
                      - onException:
                          exception: [java.lang.Throwable]
                          handled: { constant: { expression: "true" } }
                          steps:
                            - log: "done with it"
                """);
        try (TestServer server = custom(1)) {
            Await.until("it waits", () -> server.depth(WAITS) == 1 && server.depth(CUSTOM) == 0);
            assertEquals(1, server.items(WAITS).get(0).progress().attempts());
        }
    }

    @Test
    void aRouteThatStopsBeforeItsEndHasNotDelivered() throws Exception {
        route("", "- stop: {}");
        try (TestServer server = custom(1)) {
            Await.until("it waits", () -> server.depth(WAITS) == 1 && server.depth(CUSTOM) == 0);
            assertEquals(0, server.items(WAITS).get(0).progress().attempts());
        }
    }

    @Test
    void whatIsSentToAQueueBelongsToTheTransaction() throws Exception {
        // The first message is sent to the queue, and then its attempt fails: what was sent is not.
        route(
                "",
                "- to: mailqueue:custom.out\n" + "        - bean: { beanType: " + Slow.class.getName()
                        + ", method: start }");
        try (TestServer server = custom(2)) {
            List<CompletableFuture<Object>> steps = started(2);
            steps.get(0).completeExceptionally(new IllegalStateException("no"));
            steps.get(1).complete("done");
            Await.until("both are settled", () -> server.depth(CUSTOM) == 0);
            assertEquals(1, server.depth("custom.out"));
            assertEquals(1, server.depth(WAITS));
        }
    }

    @Test
    void stepsOfOldRoutesDoNoHarm() throws Exception {
        route(
                "",
                "- process: { ref: openItem }\n"
                        + "        - process: { ref: mailBody }\n"
                        + "        - to: mailqueue:custom.out\n"
                        + "        - bean: { ref: destinationReport, method: delivered }\n"
                        + "        - to: direct:settle");
        try (TestServer server = custom(3)) {
            Await.until("all are delivered", () -> server.taken(CUSTOM) == 3);
            assertEquals(3, server.depth("custom.out"));
            assertEquals(0, server.depth(WAITS));
        }
    }

    private TestServer custom(int messages) throws Exception {
        TestServer server = new TestServer(folder).with(clock).start();
        new Stock().transport("custom").put(CUSTOM, messages);
        return server;
    }

    private OwnRoutes route(String options, String steps, String... others) throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        write(routes, options, steps, others);
        return routes;
    }

    private static void write(OwnRoutes routes, String options, String steps, String... others) throws Exception {
        routes.write(
                "deliver-custom",
                """
                - route:
                    id: deliver-custom
                    %sfrom:
                      uri: deliver:custom%s
                      steps:
                        %s
                """.formatted(others.length == 0 ? "" : "routeConfigurationId: done\n    ", options, steps)
                        + String.join("", others));
    }
}
