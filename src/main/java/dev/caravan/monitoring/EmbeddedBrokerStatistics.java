package dev.caravan.monitoring;

import dev.caravan.broker.ItemProperties;
import dev.caravan.metrics.QueueStatistics;
import dev.caravan.queue.QueueNames;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.Message;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.store.MessageRecoveryContext;
import org.apache.activemq.store.MessageRecoveryListener;
import org.apache.activemq.store.MessageStore;

/**
 * Reads depth and age of the queues of the embedded broker. The first message of each is read from the store's index: that
 * costs the same for any depth, takes no part in delivery, and sees messages that a consumer has not yet acknowledged.
 */
final class EmbeddedBrokerStatistics {
    private final BrokerService broker;
    private final Clock clock;

    EmbeddedBrokerStatistics(BrokerService broker, Clock clock) {
        this.broker = broker;
        this.clock = clock;
    }

    /**
     * All queues but temporary ones; those whose names begin with {@code mail.} first.
     *
     * @throws Exception if the broker or its store does not answer.
     */
    List<QueueStatistics> figures() throws Exception {
        List<QueueStatistics> figures = new ArrayList<>();
        Instant now = clock.instant();
        for (Map.Entry<ActiveMQDestination, Destination> entry :
                broker.getBroker().getDestinationMap().entrySet()) {
            ActiveMQDestination name = entry.getKey();
            if (name.isQueue() && !name.isTemporary() && entry.getValue() instanceof Queue queue) {
                figures.add(figure(queue, name.getPhysicalName(), now));
            }
        }
        figures.sort(
                Comparator.comparing((QueueStatistics figure) -> !figure.queue().startsWith(QueueNames.PREFIX))
                        .thenComparing(QueueStatistics::queue));
        return figures;
    }

    private static QueueStatistics figure(Queue queue, String name, Instant now) throws Exception {
        long depth = queue.getDestinationStatistics().getMessages().getCount();
        Optional<Duration> oldest = Optional.empty();
        if (depth > 0 && queue.getMessageStore() != null) {
            oldest = head(queue.getMessageStore()).map(queued -> Duration.between(queued, now));
        }
        return new QueueStatistics(name, depth, oldest);
    }

    private static Optional<Instant> head(MessageStore store) throws Exception {
        Head head = new Head();
        store.recoverMessages(new MessageRecoveryContext.Builder()
                .useIsolatedCursor(true)
                .offset(0L)
                .maxMessageCountReturned(1)
                .messageRecoveryListener(head)
                .build());
        return head.queued;
    }

    /** Reads when the first message was queued: our own property keeps that time when the message is copied. */
    private static final class Head implements MessageRecoveryListener {
        private Optional<Instant> queued = Optional.empty();

        @Override
        public boolean recoverMessage(Message message) throws IOException {
            long at = message.getProperty(ItemProperties.QUEUED_AT) instanceof Long noted
                    ? noted
                    : message.getTimestamp();
            queued = Optional.of(Instant.ofEpochMilli(at));
            return true;
        }

        @Override
        public boolean recoverMessageReference(MessageId reference) {
            return false;
        }

        @Override
        public boolean hasSpace() {
            return queued.isEmpty();
        }

        @Override
        public boolean isDuplicate(MessageId reference) {
            return false;
        }
    }
}
