package dev.caravan.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What filters do, as Prometheus metrics. At most 32 names of filters become labels; filters beyond these share one.
 * Thread-safe.
 */
public final class FilterMetrics {
    private static final int MAX_FILTERS = 32;
    private static final double[] SECONDS = {0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120};
    private static final String FILTER = "filter";

    private final BoundedNames names = new BoundedNames(MAX_FILTERS);
    private final Gauge inHand;
    private final Gauge waiting;
    private final Histogram duration;
    private final Counter failures;

    /** @param registry publishes the metrics. */
    public FilterMetrics(PrometheusRegistry registry) {
        inHand = gauge(registry, "in_hand", "Questions that a filter has now.");
        waiting = gauge(registry, "waiting", "Questions that wait for their turn at a filter.");
        duration = Histogram.builder()
                .name("caravan_filter_seconds")
                .help("From the beginning of a question to a filter to its end, without the time before its turn.")
                .labelNames(FILTER)
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .withoutExemplars()
                .register(registry);
        failures = Counter.builder()
                .name("caravan_filter_failures_total")
                .help("Questions to a filter without an answer, by reason.")
                .labelNames(FILTER, "reason")
                .withoutExemplars()
                .register(registry);
    }

    private static Gauge gauge(PrometheusRegistry registry, String name, String help) {
        return Gauge.builder()
                .name("caravan_filter_" + name)
                .help(help)
                .labelNames(FILTER)
                .withoutExemplars()
                .register(registry);
    }

    /** Metrics that nobody reads. */
    public static FilterMetrics unread() {
        return new FilterMetrics(new PrometheusRegistry());
    }

    /** The metrics of one filter, at 0 until something happens. */
    public Series of(String filter) {
        return new Series(this, names.label(filter));
    }

    /** Why a filter gave no answer. */
    public enum Failure {
        /** It failed, or did not answer in time. */
        NO_ANSWER,
        /** Too much waited for it, and it was not asked. */
        FULL,
        /** It had failed too often, and was not asked. */
        DOWN;

        private String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The metrics of one filter. Thread-safe. */
    public static final class Series {
        private final GaugeDataPoint inHand;
        private final GaugeDataPoint waiting;
        private final DistributionDataPoint duration;
        private final Map<Failure, CounterDataPoint> failures = new EnumMap<>(Failure.class);

        Series(FilterMetrics metrics, String label) {
            inHand = metrics.inHand.labelValues(label);
            waiting = metrics.waiting.labelValues(label);
            duration = metrics.duration.labelValues(label);
            for (Failure failure : Failure.values()) {
                failures.put(failure, metrics.failures.labelValues(label, failure.word()));
            }
        }

        /** A question begins to wait, or waits no longer. */
        public void waits(int change) {
            waiting.inc(change);
        }

        /** A question begins. */
        public void begins() {
            inHand.inc();
        }

        /** A question has ended. */
        public void ends(double seconds) {
            inHand.dec();
            duration.observe(seconds);
        }

        public void fails(Failure why) {
            CounterDataPoint counter = failures.get(why);
            if (counter != null) {
                counter.inc();
            }
        }
    }
}
