package dev.caravan.camel;

import dev.caravan.queue.QueueNames;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.broker.scheduler.JobSchedulerStore;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.Message;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.store.MessageRecoveryContext;
import org.apache.activemq.store.MessageRecoveryListener;
import org.apache.activemq.store.MessageStore;

/**
 * Reads every message of every queue of the embedded broker from its store, page by page, without taking part in their
 * delivery: a browse shows only the first hundreds. Messages that a consumer has in hand are seen too.
 */
final class QueueWalk {
    private static final int PAGE = 100;
    /** The name by which the broker keeps scheduled messages. */
    private static final String SCHEDULER = "JMS";

    private final BrokerService broker;

    QueueWalk(BrokerService broker) {
        this.broker = broker;
    }

    /**
     * Whether all mail is in queues now. What a consumer that is not ours has rejected waits in the broker's scheduler,
     * where no walk sees it.
     *
     * @throws Exception if the scheduler cannot be read.
     */
    boolean seesAll() throws Exception {
        JobSchedulerStore scheduler = broker.isSchedulerSupport() ? broker.getJobSchedulerStore() : null;
        return scheduler == null || scheduler.getJobScheduler(SCHEDULER).getNextScheduleTime() <= 0;
    }

    /**
     * Shows every message once, queue after queue, in the order in which mail goes its way, so that what is delivered,
     * deferred or returned meanwhile is seen once or twice. What others move against that order may not be seen.
     *
     * @throws Exception if the store cannot be read.
     */
    void walk(Consumer<Message> visitor) throws Exception {
        Map<String, Destination> queues =
                new TreeMap<>(Comparator.comparingInt(QueueWalk::rank).thenComparing(Comparator.naturalOrder()));
        for (Map.Entry<ActiveMQDestination, Destination> entry :
                broker.getBroker().getDestinationMap().entrySet()) {
            if (entry.getKey().isQueue() && !entry.getKey().isTemporary()) {
                queues.put(entry.getKey().getPhysicalName(), entry.getValue());
            }
        }
        for (Destination destination : queues.values()) {
            if (destination instanceof Queue queue && queue.getMessageStore() != null) {
                walk(queue.getMessageStore(), visitor);
            }
        }
    }

    private static int rank(String queue) {
        if (queue.startsWith(QueueNames.DELIVER_PREFIX)) {
            return 1;
        } else if (queue.equals(QueueNames.DEAD)) {
            return 2;
        } else if (queue.startsWith(QueueNames.RETRY_PREFIX)) {
            return 3;
        } else {
            return queue.equals(QueueNames.BOUNCED) || queue.equals(QueueNames.DEAD_INVALID) ? 4 : 0;
        }
    }

    private static void walk(MessageStore store, Consumer<Message> visitor) throws Exception {
        Page page = new Page(visitor);
        do {
            page.seen = 0;
            store.recoverMessages(new MessageRecoveryContext.Builder()
                    .useIsolatedCursor(true)
                    .offset(page.next.get())
                    .maxMessageCountReturned(PAGE)
                    .messageRecoveryListener(page)
                    .build());
        } while (page.seen == PAGE);
    }

    private static final class Page implements MessageRecoveryListener {
        private final Consumer<Message> visitor;
        private final AtomicLong next = new AtomicLong();
        private int seen;

        Page(Consumer<Message> visitor) {
            this.visitor = visitor;
        }

        @Override
        public boolean recoverMessage(Message message) {
            visitor.accept(message);
            next.set((Long) message.getMessageId().getFutureOrSequenceLong() + 1);
            seen++;
            return true;
        }

        @Override
        public boolean recoverMessageReference(MessageId reference) {
            return false;
        }

        @Override
        public boolean hasSpace() {
            return true;
        }

        @Override
        public boolean isDuplicate(MessageId reference) {
            return false;
        }
    }
}
