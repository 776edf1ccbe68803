package dev.caravan.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.camel.SteadyTimerComponent;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.List;
import java.util.TimerTask;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.timer.TimerConsumer;
import org.apache.camel.component.timer.TimerEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SteadyTimerTest {
    private final MovingClock clock = MovingClock.now();
    private final CamelContext camel = new DefaultCamelContext();
    private final ConcurrentLinkedQueue<Exchange> fired = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void bind() {
        camel.getRegistry().bind("timer", new SteadyTimerComponent(clock));
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    private void start(String uri) throws Exception {
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from(uri).routeId("timed").process(exchange -> fired.add(exchange.copy()));
            }
        });
        camel.start();
    }

    private void awaitFired(int count) {
        Await.until(count + " times", () -> fired.size() >= count);
    }

    @Test
    void isWhatRoutesGetByTheName() throws Exception {
        start("timer:a?period=10&delay=1&fixedRate=true&daemon=true&synchronous=true");
        TimerConsumer consumer = (TimerConsumer) camel.getRoute("timed").getConsumer();
        TimerEndpoint endpoint = consumer.getEndpoint();
        assertEquals(10, endpoint.getPeriod());
        assertEquals(1, endpoint.getDelay());
        assertTrue(endpoint.isFixedRate());
        assertInstanceOf(SteadyTimer.class, endpoint.getTimer(consumer));
        awaitFired(5);
    }

    @Test
    void firesAsOftenAsItShould() throws Exception {
        start("timer:b?period=1&delay=0&repeatCount=3&includeMetadata=true");
        awaitFired(3);
        List<Long> counts = fired.stream()
                .map(exchange -> exchange.getProperty(Exchange.TIMER_COUNTER, Long.class))
                .toList();
        assertEquals(List.of(1L, 2L, 3L), counts);
    }

    @Test
    void firesAsFastAsItCanWithANegativeDelay() throws Exception {
        start("timer:c?delay=-1&repeatCount=50");
        awaitFired(50);
    }

    /** Waits until the clock shows the time, however it gets there. */
    @Test
    void beginsAtATimeOfDay() throws Exception {
        LocalDateTime time = LocalDateTime.ofInstant(clock.instant(), ZoneId.systemDefault())
                .plusHours(1)
                .withNano(0);
        start("timer:d?period=3600000&time="
                + DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").format(time));
        assertEquals(0, fired.size());
        clock.advance(Duration.ofHours(2));
        awaitFired(1);
    }

    @Test
    void beginsAtOnceWhereTheTimeHasPassed() throws Exception {
        start("timer:e?period=86400000&fixedRate=true&time=2020-01-01T03:00:00");
        awaitFired(1);
    }

    @Test
    void goesOnAfterARouteWasStopped() throws Exception {
        start("timer:f?period=1&delay=0");
        awaitFired(1);
        camel.getRouteController().stopRoute("timed");
        fired.clear();
        camel.getRouteController().startRoute("timed");
        awaitFired(3);
    }

    @Test
    void runsATaskAgainThatFailed() {
        AtomicInteger runs = new AtomicInteger();
        SteadyTimer timer = new SteadyTimer("failing", true, Clock.systemUTC());
        try {
            timer.schedule(
                    new TimerTask() {
                        @Override
                        public void run() {
                            runs.incrementAndGet();
                            throw new AssertionError("of a test");
                        }
                    },
                    Date.from(Instant.EPOCH),
                    1);
            Await.until("runs again", () -> runs.get() > 2);
        } finally {
            timer.cancel();
        }
    }
}
