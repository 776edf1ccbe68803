package dev.caravan.housekeeping;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.DueMessageConsumer;
import dev.caravan.broker.DueTime;
import dev.caravan.broker.LeftItems;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.mail.Content;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.MissingContentException;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueItemFormatException;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.queue.UnsupportedItems;
import dev.caravan.store.SpoolRelease;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes old messages from {@code mail.bounced}, together with their spool files. Thread-safe. */
public final class BouncedPruner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BouncedPruner.class);
    private static final Duration LONGEST_RUN = Duration.ofSeconds(30);

    private final Duration keep;
    private final Spool spool;
    private final ClockWatch watch;
    private final UnsupportedItems unsupported;
    private final DueMessageConsumer consumer;

    /**
     * @param keep how long a bounced message is kept, so that it can be sent again.
     * @param unsupported items of newer servers, which are not removed.
     */
    public BouncedPruner(
            BrokerConnections connections, Duration keep, Spool spool, ClockWatch watch, UnsupportedItems unsupported) {
        this.unsupported = unsupported;
        this.keep = keep;
        this.spool = spool;
        this.watch = watch;
        this.consumer = new DueMessageConsumer(connections);
    }

    /** @return the number of messages removed; works at most about 30 seconds. */
    public synchronized int prune() {
        Instant now = watch.clock().instant();
        try {
            Removal removal = new Removal();
            int taken = consumer.consumeDue(
                    QueueNames.BOUNCED,
                    message -> isOld(message, now) && !removal.left.isPaused(message),
                    removal,
                    System.nanoTime() + LONGEST_RUN.toNanos());
            return taken - removal.left.count();
        } catch (JMSException e) {
            LOG.warn("{} cannot be pruned now: {}", QueueNames.BOUNCED, e.toString());
            return 0;
        }
    }

    /** Whether a message was bounced too long ago to be kept; false while the clock cannot be trusted. */
    boolean isOld(Message message, Instant now) {
        return DueTime.isOlder(message, keep, now) && watch.look().isLongSteady();
    }

    /** Whether a message is an item of a newer server, which alone may remove it. */
    boolean isLeft(Message message) {
        return MessageCopy.unsupported(message).isPresent();
    }

    /** Removes such messages in a transaction of the caller's. */
    DueMessageConsumer.BatchHandler removal() {
        return new Removal();
    }

    private final class Removal implements DueMessageConsumer.BatchHandler {
        private final List<Content> contents = new ArrayList<>();
        private final LeftItems left = new LeftItems(QueueNames.BOUNCED, unsupported);

        @Override
        public void handle(Session session, ProducerCache producers, Message message) throws JMSException {
            byte[] octets = MessageCopy.octets(message).orElseGet(() -> new byte[0]);
            try {
                QueueItem item = QueueItemFormat.read(octets, spool);
                contents.add(item.mail().content());
            } catch (UnsupportedItemException e) {
                left.putBack(producers, message, e);
            } catch (QueueItemFormatException | MissingContentException e) {
                LOG.warn("removed a message from mail.bounced that is not a queue item: {}", e.getMessage());
            }
        }

        @Override
        public void committed() {
            contents.forEach(content -> SpoolRelease.release(spool, content));
            contents.clear();
            left.committed();
        }

        @Override
        public void rolledBack() {
            contents.clear();
            left.rolledBack();
        }
    }

    @Override
    public synchronized void close() {
        consumer.close();
    }
}
