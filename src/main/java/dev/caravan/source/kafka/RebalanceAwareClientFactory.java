package dev.caravan.source.kafka;

import java.util.Collection;
import java.util.Properties;
import org.apache.camel.component.kafka.DefaultKafkaClientFactory;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Makes Kafka clients that report when partitions are assigned to this server, which another server may have read
 * before.
 */
public final class RebalanceAwareClientFactory extends DefaultKafkaClientFactory {
    private final Runnable whenAssigned;

    public RebalanceAwareClientFactory(Runnable whenAssigned) {
        this.whenAssigned = whenAssigned;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Consumer getConsumer(Properties properties) {
        return new Watched(properties, whenAssigned);
    }

    private static final class Watched extends KafkaConsumer<Object, Object> {
        private final Runnable whenAssigned;

        Watched(Properties properties, Runnable whenAssigned) {
            super(properties);
            this.whenAssigned = whenAssigned;
        }

        @Override
        public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
            super.subscribe(topics, watching(listener));
        }

        private ConsumerRebalanceListener watching(ConsumerRebalanceListener listener) {
            return new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    listener.onPartitionsRevoked(partitions);
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    whenAssigned.run();
                    listener.onPartitionsAssigned(partitions);
                }

                @Override
                public void onPartitionsLost(Collection<TopicPartition> partitions) {
                    listener.onPartitionsLost(partitions);
                }
            };
        }
    }
}
