package dev.caravan.metrics;

import dev.caravan.delivery.AttemptProgress.Stage;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmBufferPoolMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Writes all metrics as text for a scraper, in the Prometheus format or OpenMetrics as the scraper asks. Thread-safe. */
public final class Exposition {
    private static final double MILLIS = 1000.0;

    private final PrometheusRegistry registry;
    private final ExpositionFormats formats = ExpositionFormats.init();

    /**
     * The metrics as text.
     *
     * @param type the value for the field Content-Type.
     * @param octets the text, in UTF-8.
     */
    public record Page(String type, byte[] octets) {}

    public Exposition(PrometheusRegistry registry) {
        this.registry = registry;
    }

    /** Adds the metrics of the JVM. */
    public void addJvm() {
        JvmMemoryMetrics.builder().register(registry);
        JvmBufferPoolMetrics.builder().register(registry);
        JvmGarbageCollectorMetrics.builder().register(registry);
        JvmThreadsMetrics.builder().register(registry);
        JvmRuntimeInfoMetric.builder().register(registry);
        ProcessMetrics.builder().register(registry);
    }

    /**
     * Adds a gauge.
     *
     * @param name without the prefix {@code caravan_}.
     * @param value called at each scrape; must be quick.
     */
    public void add(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name("caravan_" + name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    /**
     * Adds a counter.
     *
     * @param name without the prefix {@code caravan_}.
     * @param value called at each scrape; must be quick, and never fall.
     */
    public void addTotal(String name, String help, LongSupplier value) {
        CounterWithCallback.builder()
                .name("caravan_" + name)
                .help(help)
                .callback(callback -> callback.call((double) value.getAsLong()))
                .register(registry);
    }

    /**
     * Adds a figure with a value for each of some names.
     *
     * @param label of the names.
     * @param values called at each scrape: the value of each name; must be quick.
     */
    public void addByName(String name, String help, String label, Supplier<Map<String, Double>> values) {
        GaugeWithCallback.builder()
                .name("caravan_" + name)
                .help(help)
                .labelNames(label)
                .callback(callback -> values.get().forEach((labelled, value) -> callback.call(value, labelled)))
                .register(registry);
    }

    /** Adds the version of the program. */
    public void addBuild(String version) {
        GaugeWithCallback.builder()
                .name("caravan_build_info")
                .help("The version of this program; always 1.")
                .labelNames("version")
                .callback(callback -> callback.call(1, version))
                .register(registry);
    }

    /**
     * Adds the deliveries in hand.
     *
     * @param count called at each scrape: how many there are by transport and stage; must be quick.
     */
    public void addDeliveries(Supplier<Map<String, Map<Stage, Long>>> count) {
        BoundedNames transports = new BoundedNames(MailCounts.MAX_TRANSPORTS);
        GaugeWithCallback.builder()
                .name("caravan_deliveries_in_hand")
                .help("Delivery attempts that have not ended, by what they do; one that goes to several destinations"
                        + " counts for each.")
                .labelNames("transport", "stage")
                .callback(callback -> deliveries(count.get(), transports, callback))
                .register(registry);
    }

    /** Several transports may share a label. A transport that has attempts in hand has a value for each stage. */
    private static void deliveries(
            Map<String, Map<Stage, Long>> count, BoundedNames transports, GaugeWithCallback.Callback callback) {
        Map<String, Map<Stage, Long>> byLabel = new TreeMap<>(Map.of(MailCounts.SMTP, Map.of()));
        count.forEach((transport, stages) -> {
            Map<Stage, Long> sum = new EnumMap<>(Stage.class);
            String label = transports.label(transport);
            sum.putAll(byLabel.getOrDefault(label, Map.of()));
            stages.forEach((stage, number) -> sum.merge(stage, number, Long::sum));
            byLabel.put(label, sum);
        });
        byLabel.forEach((transport, stages) -> {
            for (Stage stage : Stage.values()) {
                callback.call((double) stages.getOrDefault(stage, 0L), transport, stage.label());
            }
        });
    }

    /**
     * Adds the broker and its queues.
     *
     * @param snapshot called several times at each scrape; must be quick.
     */
    public void addBroker(Supplier<BrokerSnapshot> snapshot) {
        add("broker_up", "Whether the broker answers.", () -> snapshot.get().answers() ? 1 : 0);
        GaugeWithCallback.builder()
                .name("caravan_store_used_percent")
                .help("How much of its own limit the broker's store uses; absent where that is not known.")
                .callback(callback -> snapshot.get().storePercent().ifPresent(callback::call))
                .register(registry);
        GaugeWithCallback.builder()
                .name("caravan_storage_full")
                .help("Whether mail is refused with 452 because the disk or the store has too little room.")
                .callback(callback -> {
                    if (snapshot.get().answers()) {
                        callback.call(snapshot.get().isFull() ? 1 : 0);
                    }
                })
                .register(registry);
        GaugeWithCallback.builder()
                .name("caravan_queue_depth")
                .help("Messages in a queue, including those delivered to a consumer and not yet acknowledged.")
                .labelNames("queue")
                .callback(callback ->
                        shown(snapshot).forEach(queue -> callback.call((double) queue.depth(), queue.queue())))
                .register(registry);
        GaugeWithCallback.builder()
                .name("caravan_queue_oldest_age_seconds")
                .help("How long the first message of a queue has been in it; 0 for an empty one.")
                .labelNames("queue")
                .callback(callback -> shown(snapshot).forEach(queue -> age(queue, callback)))
                .register(registry);
        add(
                "queues_not_shown",
                "Queues without metrics, because there are more than the limit.",
                () -> Math.max(0, snapshot.get().queues().size() - BrokerSnapshot.MAX_QUEUES));
    }

    private static List<QueueStatistics> shown(Supplier<BrokerSnapshot> snapshot) {
        List<QueueStatistics> all = snapshot.get().queues();
        return all.subList(0, Math.min(all.size(), BrokerSnapshot.MAX_QUEUES));
    }

    private static void age(QueueStatistics queue, GaugeWithCallback.Callback callback) {
        if (queue.depth() == 0) {
            callback.call(0, queue.queue());
        } else {
            queue.oldest().map(Duration::toMillis).ifPresent(age -> callback.call(age / MILLIS, queue.queue()));
        }
    }

    /**
     * All metrics.
     *
     * @param accept the value of the field Accept; empty if the request has none.
     */
    public Page page(String accept) throws IOException {
        ExpositionFormatWriter writer = formats.findWriter(accept);
        ByteArrayOutputStream octets = new ByteArrayOutputStream(16 * 1024);
        writer.write(octets, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
        return new Page(writer.getContentType(), octets.toByteArray());
    }
}
