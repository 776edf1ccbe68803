package dev.caravan.broker;

import dev.caravan.queue.QueueNames;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.DestinationFilter;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.broker.scheduler.JobSchedulerStore;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.store.MessageRecoveryContext;
import org.apache.activemq.store.MessageRecoveryListener;

/**
 * Reads every message of every queue of the embedded broker from its store, page by page, without taking part in their
 * delivery. Unlike a browser, which shows a few hundred messages, it sees all of them, also those delivered to a
 * consumer and not yet acknowledged.
 */
public final class StoreScanner {
    private static final int PAGE = 100;
    /** A page ends with the message that passes this: the whole page may be in memory. */
    private static final long PAGE_OCTETS = 4L << 20;

    /** The name of the broker's store of scheduled messages. */
    private static final String SCHEDULER = "JMS";

    private final BrokerService broker;

    public StoreScanner(BrokerService broker) {
        this.broker = broker;
    }

    /**
     * Whether the broker's scheduler is empty, so that a scan sees all messages. A message that a consumer of another
     * program has rejected waits in the scheduler, where no scan sees it.
     *
     * @throws Exception if the scheduler cannot be read.
     */
    public boolean hasNoScheduledMessages() throws Exception {
        JobSchedulerStore scheduler = broker.isSchedulerSupport() ? broker.getJobSchedulerStore() : null;
        return scheduler == null || scheduler.getJobScheduler(SCHEDULER).getNextScheduleTime() <= 0;
    }

    /**
     * Visits every message once, queue after queue in the order of the message flow, so that a message that is delivered,
     * deferred or bounced meanwhile is visited once or twice. A message that another program moves against that order
     * may be missed.
     *
     * @param visitor gets the name of the queue with each message.
     * @throws Exception if the store cannot be read.
     */
    public void scan(BiConsumer<String, Message> visitor) throws Exception {
        List<String> queues = new ArrayList<>(queues());
        queues.sort(Comparator.comparingInt(StoreScanner::rank).thenComparing(Comparator.naturalOrder()));
        for (String queue : queues) {
            OptionalLong next = OptionalLong.of(0);
            while (next.isPresent()) {
                next = page(queue, next.getAsLong(), (message, place) -> visitor.accept(queue, message));
            }
        }
    }

    /** The names of all queues. */
    public Set<String> queues() throws Exception {
        return destinations().keySet();
    }

    /** The number of messages in a queue, including those delivered to a consumer and not yet acknowledged. */
    public long depth(String queue) throws Exception {
        Destination found = destinations().get(queue);
        return found == null
                ? 0
                : found.getDestinationStatistics().getMessages().getCount();
    }

    private Map<String, Destination> destinations() throws Exception {
        Map<String, Destination> queues = new TreeMap<>();
        for (Map.Entry<ActiveMQDestination, Destination> entry :
                broker.getBroker().getDestinationMap().entrySet()) {
            if (entry.getKey().isQueue() && !entry.getKey().isTemporary()) {
                queues.put(entry.getKey().getPhysicalName(), entry.getValue());
            }
        }
        return queues;
    }

    private static int rank(String queue) {
        if (queue.startsWith(QueueNames.DELIVER_PREFIX)) {
            return 1;
        } else if (queue.startsWith(QueueNames.PARKED_PREFIX)) {
            // Between two of them mail moves only to those of destinations, whose names come last.
            return 2;
        } else if (queue.equals(QueueNames.DEAD)) {
            return 3;
        } else if (queue.startsWith(QueueNames.RETRY_PREFIX) || queue.startsWith(QueueNames.LATER_PREFIX)) {
            return 4;
        } else {
            return queue.equals(QueueNames.BOUNCED) || queue.equals(QueueNames.DEAD_INVALID) ? 5 : 0;
        }
    }

    /** Visits the messages of a queue. */
    public interface Visitor {
        /** @param place its position in the queue; later messages have higher positions, with gaps. */
        void visit(Message message, long place);
    }

    /**
     * Visits the next messages of a queue, at most 100, in their order.
     *
     * @param from the first position to visit.
     * @return the position to continue from; empty at the end of the queue.
     * @throws Exception if the store cannot be read, or this kind of queue has none.
     */
    public OptionalLong page(String queue, long from, Visitor visitor) throws Exception {
        Destination destination = destinations().get(queue);
        while (destination instanceof DestinationFilter filter) {
            destination = filter.getNext();
        }
        if (destination == null) {
            return OptionalLong.empty();
        }
        if (!(destination instanceof Queue found) || found.getMessageStore() == null) {
            throw new IllegalStateException(queue + " cannot be scanned (expected: a queue with a store)");
        }
        Page page = new Page(visitor, from);
        found.getMessageStore()
                .recoverMessages(new MessageRecoveryContext.Builder()
                        .useIsolatedCursor(true)
                        .offset(from)
                        .maxMessageCountReturned(PAGE)
                        .messageRecoveryListener(page)
                        .build());
        return page.isFull() ? OptionalLong.of(page.next) : OptionalLong.empty();
    }

    private static final class Page implements MessageRecoveryListener {
        private final Visitor visitor;
        private long next;
        private int seen;
        private long octets;

        Page(Visitor visitor, long from) {
            this.visitor = visitor;
            this.next = from;
        }

        @Override
        public boolean recoverMessage(org.apache.activemq.command.Message message) {
            long place = (Long) message.getMessageId().getFutureOrSequenceLong();
            // As for a received message; otherwise its body cannot be read.
            message.setReadOnlyBody(true);
            message.setReadOnlyProperties(true);
            if (!(message instanceof Message received)) {
                throw new IllegalStateException("message " + message.getMessageId() + " of an unknown kind");
            }
            visitor.visit(received, place);
            next = place + 1;
            seen++;
            octets += message.getSize();
            return true;
        }

        boolean isFull() {
            return seen == PAGE || octets >= PAGE_OCTETS;
        }

        @Override
        public boolean canRecoveryNextMessage() {
            return !isFull();
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
