package dev.caravan.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.MemoryShare;
import dev.caravan.metrics.FilterMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who asks a filter now, who waits, and who is sent away. */
class FilterLineTest {
    private final AtomicLong nanos = new AtomicLong();
    private final List<String> events = new ArrayList<>();
    private final Deque<FilterCall> calls = new ArrayDeque<>();
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private boolean isClientGone;

    @Test
    void asksAtOnceUpToTheLimitAndThenInTurn() {
        FilterLine line = line(new FilterLimits(2, 10, 1000));
        for (String name : List.of("a", "b", "c", "d")) {
            enter(line, name, 1);
        }
        assertEquals(List.of("a begins", "b begins"), events);
        assertEquals(2, line.waiting());
        calls.remove().end(true);
        assertEquals(List.of("a begins", "b begins", "c begins"), events);
        calls.remove().end(false);
        assertEquals("d begins", events.get(3));
        assertEquals(2, line.inHand());
    }

    @Test
    void sendsTheNewestAwayWhenTooManyWait() {
        FilterLine line = line(new FilterLimits(1, 1, 1000));
        for (String name : List.of("a", "b", "c")) {
            enter(line, name, 1);
        }
        assertEquals(List.of("a begins", "c too many messages wait for the filter test, try again later"), events);
        calls.remove().end(true);
        assertEquals("b begins", events.get(2));
    }

    @Test
    void sendsTheNewestAwayWhenTooMuchWaits() {
        FilterLine line = line(new FilterLimits(1, 100, 1000));
        // What does not wait has no limit.
        enter(line, "a", 5000);
        enter(line, "b", 600);
        enter(line, "c", 600);
        enter(line, "d", 400);
        assertEquals(List.of("a begins", "c too many messages wait for the filter test, try again later"), events);
        calls.remove().end(true);
        enter(line, "e", 600);
        assertEquals(2, line.waiting());
    }

    @Test
    void answersAndGoesOnWhenAQuestionCannotBegin() {
        FilterLine line = line(new FilterLimits(1, 10, 1000));
        line.enter(1, new FilterTurn() {
            @Override
            public boolean isWanted() {
                return true;
            }

            @Override
            public void begin(FilterCall call) {
                throw new IllegalStateException("no thread");
            }

            @Override
            public void refused(FilterBusyException why) {
                events.add("refused");
            }

            @Override
            public void dropped() {
                events.add("dropped");
            }
        });
        enter(line, "b", 1);
        assertEquals(List.of("refused", "b begins"), events);
        assertEquals(1, line.inHand());
    }

    @Test
    void passesOverWhoIsGone() {
        FilterLine line = line(new FilterLimits(1, 10, 1000));
        enter(line, "a", 1);
        enter(line, "b", 1);
        enter(line, "c", 1);
        isClientGone = true;
        calls.remove().end(true);
        assertEquals(List.of("a begins", "b dropped", "c dropped"), events);
        isClientGone = false;
        enter(line, "d", 1);
        assertEquals("d begins", events.get(3));
    }

    @Test
    void asksNothingMoreOfAFilterThatFailsUntilItsTime() {
        FilterLine line = line(new FilterLimits(FilterLine.FAILURES, 10, 1000));
        for (int i = 0; i < 2 * FilterLine.FAILURES; i++) {
            enter(line, "a", 1);
        }
        for (int i = 0; i < 2 * FilterLine.FAILURES - 1; i++) {
            calls.remove().end(false);
        }
        String down = " the filter test does not answer now, try again later";
        assertEquals("a" + down, events.get(2 * FilterLine.FAILURES - 1), "who waited");
        events.clear();
        enter(line, "b", 1);
        nanos.addAndGet(FilterLine.PAUSE_NANOS);
        enter(line, "c", 1);
        enter(line, "d", 1);
        assertEquals(List.of("b" + down, "c begins", "d" + down), events, "one tries whether it is back");
        calls.remove().end(true);
        enter(line, "e", 1);
        enter(line, "f", 1);
        assertEquals(List.of("e begins", "f begins"), events.subList(3, 5));
    }

    @Test
    void keepsAStepThatFailsInUse() {
        FilterLine line = line(new FilterLimits(1, 10, 1000), false, MemoryShare.unlimited("filters"));
        for (int i = 0; i < 2 * FilterLine.FAILURES; i++) {
            enter(line, "a", 1);
            calls.remove().end(false);
        }
        enter(line, "b", 1);
        assertEquals("b begins", events.get(events.size() - 1));
    }

    @Test
    void asksAsManyAsMemoryAllowsButAlwaysOne() {
        MemoryShare memory = new MemoryShare("filters", 70_000);
        FilterLine line = line(new FilterLimits(100, 100, 1000), true, memory);
        FilterLine other = line(new FilterLimits(100, 100, 1000), true, memory);
        for (int i = 0; i < 5; i++) {
            enter(line, "a", 1);
        }
        assertEquals(2, line.inHand());
        enter(other, "b", 1);
        enter(other, "c", 1);
        assertEquals(1, other.inHand());
        while (!calls.isEmpty()) {
            calls.remove().end(true);
        }
        assertEquals(7, events.size());
        assertEquals(70_000, memory.free());
    }

    @Test
    void doesNotPileUpItsStackWhenManyEndAtOnce() {
        FilterLine line = line(new FilterLimits(1, 100_000, Long.MAX_VALUE));
        enter(line, "a", 1);
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            int number = i;
            answers.add(Filters.ask(line, 1, () -> true, () -> CompletableFuture.completedFuture(number))
                    .toCompletableFuture());
        }
        calls.remove().end(true);
        assertEquals(49_999, answers.get(49_999).join());
        assertEquals(0, line.inHand());
    }

    @Test
    void countsWhatItDoes() {
        FilterLine line = line(new FilterLimits(1, 1, 1000));
        enter(line, "a", 1);
        enter(line, "b", 1);
        enter(line, "c", 1);
        assertEquals(1, value("caravan_filter_in_hand", ""));
        assertEquals(1, value("caravan_filter_waiting", ""));
        assertEquals(1, value("caravan_filter_failures", "full"));
        calls.remove().end(false);
        assertEquals(1, value("caravan_filter_failures", "no-answer"));
        assertEquals(0, value("caravan_filter_waiting", ""));
    }

    private double value(String metric, String reason) {
        return registry.scrape().stream()
                .filter(snapshot -> snapshot.getMetadata().getName().equals(metric))
                .flatMap(snapshot -> snapshot.getDataPoints().stream())
                .filter(point -> point.getLabels().stream()
                        .allMatch(label -> !label.getName().equals("reason")
                                || label.getValue().equals(reason)))
                .mapToDouble(point -> point instanceof GaugeDataPointSnapshot gauge
                        ? gauge.getValue()
                        : ((CounterDataPointSnapshot) point).getValue())
                .sum();
    }

    private FilterLine line(FilterLimits limits) {
        return line(limits, true, MemoryShare.unlimited("filters"));
    }

    private FilterLine line(FilterLimits limits, boolean mayBeDown, MemoryShare memory) {
        PrometheusRegistry own = registry.scrape().size() == 0 ? registry : new PrometheusRegistry();
        return new FilterLine("test", limits, mayBeDown, memory, new FilterMetrics(own).of("test"), nanos::get);
    }

    private void enter(FilterLine line, String name, long octets) {
        line.enter(octets, new FilterTurn() {
            @Override
            public boolean isWanted() {
                return !isClientGone;
            }

            @Override
            public void begin(FilterCall call) {
                events.add(name + " begins");
                calls.add(call);
            }

            @Override
            public void refused(FilterBusyException why) {
                events.add(name + " " + why.getMessage());
            }

            @Override
            public void dropped() {
                events.add(name + " dropped");
            }
        });
    }
}
