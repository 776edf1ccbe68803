package dev.caravan.broker;

import java.util.concurrent.Semaphore;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.ProducerBrokerExchange;
import org.apache.activemq.command.Message;

/**
 * Limits the large messages that the broker stores at the same time, since it has several copies of a message in memory
 * while it writes it. The connection of a client whose message has to wait is not read meanwhile. Queue items are not
 * large.
 */
final class LargeMessageGate extends BrokerFilter {
    /** Messages up to this size do not wait. */
    private static final long SMALL = 1024 * 1024;
    /** The number of copies of a message in memory while it is stored. */
    private static final int COPIES = 6;

    private static final int UNIT = 1024;

    private final int units;
    private final Semaphore free;

    /** @param octets the maximum octets of all large messages together, with all their copies. */
    LargeMessageGate(Broker next, long octets) {
        super(next);
        this.units = (int) Math.min(Integer.MAX_VALUE, Math.max(1, octets / UNIT));
        this.free = new Semaphore(units, true);
    }

    @Override
    public void send(ProducerBrokerExchange producer, Message message) throws Exception {
        int size = message.getContent() == null ? 0 : message.getContent().getLength();
        if (size <= SMALL) {
            super.send(producer, message);
            return;
        }
        // A message that needs more than the maximum has to be alone.
        int needed = (int) Math.min(units, (long) COPIES * size / UNIT);
        free.acquire(needed);
        try {
            super.send(producer, message);
        } finally {
            free.release(needed);
        }
    }
}
