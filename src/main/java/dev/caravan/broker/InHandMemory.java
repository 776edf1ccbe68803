package dev.caravan.broker;

import dev.caravan.queue.QueueNames;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.usage.MemoryUsage;

/**
 * Lets the queues of mail that is delivered use so much memory that servers can have their share of messages in hand:
 * the broker counts a message as long as it is not acknowledged, and dispatches no more from a queue whose memory is
 * used by 70 percent, whatever its policy says about flow control.
 */
final class InHandMemory extends BrokerFilter {
    /** For what is not in hand, such as the next messages. */
    private static final long BESIDE = 16L << 20;

    private final long limit;

    /** @param inHand octets of the messages that a server may have in hand. */
    InHandMemory(Broker next, long inHand) {
        super(next);
        this.limit = BESIDE + inHand / 2 * 3;
    }

    @Override
    public Destination addDestination(ConnectionContext context, ActiveMQDestination destination, boolean temporary)
            throws Exception {
        Destination added = super.addDestination(context, destination, temporary);
        String name = destination.getPhysicalName();
        if (destination.isQueue()
                && (name.startsWith(QueueNames.DELIVER_PREFIX) || name.startsWith(QueueNames.PARKED_PREFIX))) {
            MemoryUsage usage = added.getMemoryUsage();
            if (usage != null && usage.getLimit() < limit) {
                usage.setLimit(limit);
            }
        }
        return added;
    }
}
