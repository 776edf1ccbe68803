package dev.caravan.store;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.TransactedSend;
import dev.caravan.store.StoreException.Certainty;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.util.List;
import java.util.Optional;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.TransactionInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread's connection to the broker: stores a batch of mails in one transaction, and opens itself anew after trouble. */
final class BatchSender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchSender.class);

    private record Link(ActiveMQConnection connection, Session session, ProducerCache producers) {}

    private final BrokerConnections connections;
    private Optional<Link> link = Optional.empty();

    BatchSender(BrokerConnections connections) {
        this.connections = connections;
    }

    /** Stores the batch and ends each of its requests; never throws. */
    void store(List<StoreRequest> batch) {
        boolean committing = false;
        try {
            Link open = link();
            List<StoreRequest> rest = send(open, batch);
            committing = true;
            open.session.commit();
            rest.forEach(StoreRequest::succeed);
        } catch (JMSException | RuntimeException e) {
            LOG.warn("mail could not be stored ({}): {}", committing ? "in doubt" : "not stored", e.toString());
            Certainty certainty = committing ? Certainty.IN_DOUBT : Certainty.NOT_STORED;
            close();
            batch.stream().filter(r -> !r.isEnded()).forEach(r -> r.fail(certainty, "the broker is in trouble"));
        }
    }

    /** Sends all that are still wanted; the last step before the commit claims each, so that none is given up later. */
    private static List<StoreRequest> send(Link open, List<StoreRequest> batch) throws JMSException {
        List<StoreRequest> rest = batch.stream().filter(r -> !r.isGivenUp()).toList();
        while (true) {
            sendAll(open, rest.stream().flatMap(r -> r.messages().stream()).toList());
            List<StoreRequest> wanted =
                    rest.stream().filter(StoreRequest::mayCommit).toList();
            if (wanted.size() == rest.size()) {
                return rest;
            }
            // Some were given up while the broker held us: their clients were told 451, so they must not be stored.
            open.session.rollback();
            rest = wanted;
        }
    }

    /**
     * A broker whose store is full answers nothing until there is room. So we wait until it has taken all: what is
     * claimed for the commit afterwards cannot be held up by that, and its client not be told 451 for a mail that is
     * stored. A message that asks for an answer would do as well, but the broker flushes the disk before it gives one; a
     * question that every OpenWire broker answers in its turn costs nothing.
     */
    private static void sendAll(Link open, List<TransactedSend> messages) throws JMSException {
        for (TransactedSend message : messages) {
            message.send(open.session, open.producers);
        }
        open.connection.syncSendPacket(new TransactionInfo(
                open.connection.getConnectionInfo().getConnectionId(), null, TransactionInfo.RECOVER));
    }

    private Link link() throws JMSException {
        if (link.isPresent()) {
            return link.get();
        }
        ActiveMQConnection connection = connections.open();
        try {
            Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
            Link opened = new Link(connection, session, new ProducerCache(session));
            link = Optional.of(opened);
            return opened;
        } catch (JMSException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public void close() {
        Optional<Link> old = link;
        link = Optional.empty();
        try {
            if (old.isPresent()) {
                old.get().connection.close();
            }
        } catch (JMSException e) {
            LOG.debug("closing a broken connection: {}", e.toString());
        }
    }
}
