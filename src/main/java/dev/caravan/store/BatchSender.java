package dev.caravan.store;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.TransactedSend;
import dev.caravan.lifecycle.ReconnectingConnection;
import dev.caravan.store.StoreException.Certainty;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores batches of messages, each in one transaction, over a connection of one thread; after an error it opens another connection. */
final class BatchSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchSender.class);

    private record Link(Connection connection, Session session, ProducerCache producers) implements AutoCloseable {
        @Override
        public void close() throws JMSException {
            connection.close();
        }
    }

    private final ReconnectingConnection<Link, JMSException> link;

    BatchSender(BrokerConnections connections) {
        this.link = new ReconnectingConnection<>(() -> open(connections));
    }

    /** Stores the batch and completes each of its requests; never throws. */
    void store(List<StoreRequest> batch) {
        boolean committing = false;
        try {
            Link open = link.get();
            List<StoreRequest> rest = send(open, batch);
            committing = true;
            open.session.commit();
            rest.forEach(StoreRequest::succeed);
        } catch (JMSException | RuntimeException e) {
            LOG.warn("messages could not be stored ({}): {}", committing ? "in doubt" : "not stored", e.toString());
            Certainty certainty = committing ? Certainty.IN_DOUBT : Certainty.NOT_STORED;
            close();
            batch.stream().filter(r -> !r.isEnded()).forEach(r -> r.fail(certainty, "the broker is unavailable"));
        }
    }

    /**
     * Sends all requests that were not given up; the last step before the commit claims each, so that none is given up
     * later.
     */
    private static List<StoreRequest> send(Link open, List<StoreRequest> batch) throws JMSException {
        List<StoreRequest> rest = batch.stream().filter(r -> !r.isGivenUp()).toList();
        while (true) {
            sendAll(open, rest.stream().flatMap(r -> r.messages().stream()).toList());
            List<StoreRequest> wanted =
                    rest.stream().filter(StoreRequest::mayCommit).toList();
            if (wanted.size() == rest.size()) {
                return rest;
            }
            // Some were given up while the broker blocked this thread: their clients were told 451, so they must not be
            // stored.
            open.session.rollback();
            rest = wanted;
        }
    }

    /**
     * Sends all messages, then makes one round trip. A broker with a full store blocks here, before the commit, so a client that timed out is
     * never told 451 for a message that gets stored.
     */
    private static void sendAll(Link open, List<TransactedSend> messages) throws JMSException {
        for (TransactedSend message : messages) {
            message.send(open.session, open.producers);
        }
        BrokerConnections.roundTrip(open.connection);
    }

    private static Link open(BrokerConnections connections) throws JMSException {
        Connection connection = connections.open();
        try {
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            return new Link(connection, session, new ProducerCache(session));
        } catch (JMSException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public void close() {
        link.close();
    }
}
