package dev.caravan.broker;

import dev.caravan.queue.QueueNames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.DestinationFilter;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.broker.scheduler.JobSchedulerStore;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.Message;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.store.MessageRecoveryContext;
import org.apache.activemq.store.MessageRecoveryListener;

/**
 * Reads every message of every queue of the embedded broker from its store, page by page, without taking part in their
 * delivery: a browse shows only the first hundreds. Messages that a consumer has in hand are seen too.
 */
public final class StoreScanner {
    private static final int PAGE = 100;
    /** A page ends with the message that passes this: all of it may be in memory. */
    private static final long PAGE_OCTETS = 4L << 20;

    /** The name by which the broker keeps scheduled messages. */
    private static final String SCHEDULER = "JMS";

    private final BrokerService broker;

    public StoreScanner(BrokerService broker) {
        this.broker = broker;
    }

    /**
     * Whether all mail is in queues now. What a consumer that is not ours has rejected waits in the broker's scheduler,
     * where no walk sees it.
     *
     * @throws Exception if the scheduler cannot be read.
     */
    public boolean seesAll() throws Exception {
        JobSchedulerStore scheduler = broker.isSchedulerSupport() ? broker.getJobSchedulerStore() : null;
        return scheduler == null || scheduler.getJobScheduler(SCHEDULER).getNextScheduleTime() <= 0;
    }

    /**
     * Shows every message once, queue after queue, in the order in which mail goes its way, so that what is delivered,
     * deferred or returned meanwhile is seen once or twice. What others move against that order may not be seen.
     *
     * @throws Exception if the store cannot be read.
     */
    public void walk(Consumer<Message> visitor) throws Exception {
        List<String> queues = new ArrayList<>(queues());
        queues.sort(Comparator.comparingInt(StoreScanner::rank).thenComparing(Comparator.naturalOrder()));
        for (String queue : queues) {
            OptionalLong next = OptionalLong.of(0);
            while (next.isPresent()) {
                next = page(queue, next.getAsLong(), (message, place) -> visitor.accept(message));
            }
        }
    }

    /** The queues that there are now. */
    public Set<String> queues() throws Exception {
        return destinations().keySet();
    }

    /** How many messages a queue holds, those in a consumer's hand included. */
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
        } else if (queue.equals(QueueNames.DEAD)) {
            return 2;
        } else if (queue.startsWith(QueueNames.RETRY_PREFIX)) {
            return 3;
        } else {
            return queue.equals(QueueNames.BOUNCED) || queue.equals(QueueNames.DEAD_INVALID) ? 4 : 0;
        }
    }

    /** Looks at one message of a queue. */
    public interface Visitor {
        /** @param place where it stands in its queue; later messages have higher numbers. */
        void visit(Message message, long place);
    }

    /**
     * Shows the next messages of a queue, at most a hundred, in their order.
     *
     * @param from the first place that is looked at.
     * @return from where to go on; empty if there was nothing more.
     * @throws Exception if the store cannot be read, or the queue is not of a kind that can be.
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
            throw new IllegalStateException(queue + " cannot be walked (expected: a queue with a store)");
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
        public boolean recoverMessage(Message message) {
            long place = (Long) message.getMessageId().getFutureOrSequenceLong();
            // As if it was received: otherwise its body cannot be read.
            message.setReadOnlyBody(true);
            message.setReadOnlyProperties(true);
            visitor.visit(message, place);
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
