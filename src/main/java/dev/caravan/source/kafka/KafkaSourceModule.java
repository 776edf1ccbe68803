package dev.caravan.source.kafka;

import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.source.IdempotentSubmitter;
import java.util.Map;

/** Takes mail from a Kafka topic, if {@code kafka.brokers} is set. */
public final class KafkaSourceModule implements ServerModule {
    private final Map<String, Object> beans;

    public KafkaSourceModule(Settings settings, IdempotentSubmitter submitter, ShutdownState shutdown) {
        this.beans = settings.get(KafkaSettings.BROKERS).isPresent() ? KafkaBeans.of(submitter, shutdown) : Map.of();
    }

    /** A class of its own, so that no class of Kafka is loaded without the setting. */
    private static final class KafkaBeans {
        static Map<String, Object> of(IdempotentSubmitter submitter, ShutdownState shutdown) {
            return Map.of(
                    "kafkaRecordSource", new KafkaRecordSource(submitter, shutdown),
                    "kafkaClients", new RebalanceAwareClientFactory(submitter::doubt));
        }
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }
}
