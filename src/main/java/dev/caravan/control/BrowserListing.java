package dev.caravan.control;

import dev.caravan.admin.QueueFilter;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrowsedQueue;
import dev.caravan.housekeeping.KnownQueues;
import dev.caravan.queue.Spool;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Optional;

/** Lists what a broker in another process shows to a queue browser. */
public final class BrowserListing implements QueueListing {
    private static final String NOTE =
            "the broker is a process of its own: ActiveMQ Classic shows only the first 400 mails of each queue"
                    + " (expected, to see all: the home of its caravan broker)";
    private static final String LOOKING = "?consumer.prefetchSize=1000";

    private final BrokerConnections connections;
    private final KnownQueues queues;
    private final Spool spool;

    public BrowserListing(BrokerConnections connections, KnownQueues queues, Spool spool) {
        this.connections = connections;
        this.queues = queues;
        this.spool = spool;
    }

    @Override
    public Page page(Request request) throws Exception {
        Optional<ListingCursor> after = ListingCursor.of(request.after());
        ListingPage items = new ListingPage(request, spool);
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE)) {
            for (String queue : request.filter().queues(queues.names())) {
                if (after.isPresent() && QueueFilter.inOrder(queue, after.get().queue()) < 0) {
                    continue;
                }
                long from = after.filter(place -> place.queue().equals(queue))
                        .map(ListingCursor::next)
                        .orElse(0L);
                Optional<ListingCursor> next = browse(session, new ListingCursor(queue, from), items);
                if (next.isPresent()) {
                    return new Page(items.lines(), next.map(ListingCursor::toString));
                }
            }
        }
        return new Page(items.lines(), Optional.empty());
    }

    private static Optional<ListingCursor> browse(Session session, ListingCursor from, ListingPage items)
            throws JMSException {
        try (BrowsedQueue browsed = new BrowsedQueue(session, from.queue() + LOOKING)) {
            long place = 0;
            while (browsed.hasNext()) {
                Message message = browsed.next();
                // A page has at least one message, however long it takes to reach it.
                if (place > from.next() && items.isFull()) {
                    return Optional.of(new ListingCursor(from.queue(), place));
                }
                if (place >= from.next()) {
                    items.addIfSelected(from.queue(), message);
                }
                place++;
            }
            return Optional.empty();
        }
    }

    @Override
    public Optional<String> note() {
        return Optional.of(NOTE);
    }

    @Override
    public Optional<Long> count(QueueFilter filter) {
        return Optional.empty();
    }
}
