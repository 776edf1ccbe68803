package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.QueueRotation;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.housekeeping.RetryScheduler;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueState;
import dev.caravan.queue.Spool;
import dev.caravan.queue.UnsupportedItemException;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes deferred mail due now, as the retry timer does when its time has come. No attempt is counted. */
public final class Flush implements QueueAction {
    public static final String NAME = "flush";
    /** Other mail is not waiting for a time. */
    public static final Set<QueueState> STATES = Set.of(QueueState.DEFERRED);

    private final QueueFilter filter;
    private final Spool spool;
    private final DeadHostCache hosts;
    private final MailEvents events;

    /**
     * A command for one filter.
     *
     * @param hosts forgets which hosts are dead, or what is flushed would only be deferred once more.
     * @throws IllegalArgumentException if the filter asks for other mail than deferred.
     */
    public Flush(QueueFilter filter, Spool spool, DeadHostCache hosts, MailEvents events) {
        if (!filter.states().equals(STATES)) {
            throw new IllegalArgumentException("only deferred mail is flushed (expected: no other state)");
        }
        this.filter = filter;
        this.spool = spool;
        this.hosts = hosts;
        this.events = events;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public QueueFilter filter() {
        return filter;
    }

    @Override
    public boolean means(QueueItem item) {
        return filter.matches(item);
    }

    @Override
    public void begin() {
        hosts.forgetUnreachable();
    }

    @Override
    public QueueRotation.Handler on(String queue) {
        return new Flushing(queue);
    }

    private final class Flushing implements QueueRotation.Handler {
        private final String queue;
        private final List<Runnable> reports = new ArrayList<>();

        Flushing(String queue) {
            this.queue = queue;
        }

        @Override
        public boolean take(Session session, ProducerCache producers, Message message)
                throws JMSException, UnsupportedItemException {
            boolean isMeant = filter.isAll()
                    || ListingPage.meant(message, spool, filter)
                            .filter(Flush.this::means)
                            .isPresent();
            if (isMeant && RetryScheduler.moveBack(session, producers, message, events, reports::add)) {
                // From the item itself, since other programs that move messages lose their properties.
                String item = MessageCopy.octets(message)
                        .flatMap(QueueItemFormat::id)
                        .map(ItemId::toString)
                        .orElse("");
                reports.add(() -> events.flushed(item, queue));
            }
            return isMeant;
        }

        @Override
        public void committed() {
            reports.forEach(Runnable::run);
            reports.clear();
        }
    }
}
