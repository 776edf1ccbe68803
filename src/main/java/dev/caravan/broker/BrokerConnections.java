package dev.caravan.broker;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.command.TransactionInfo;
import org.apache.activemq.management.JMSStatsImpl;
import org.apache.activemq.transport.Transport;
import org.apache.activemq.transport.failover.FailoverTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections to the broker, all under the one rule that a rollback or a stop never counts against a mail. */
public final class BrokerConnections {
    private static final String EMBEDDED_SCHEME = "vm:";
    private static final Logger LOG = LoggerFactory.getLogger(BrokerConnections.class);

    private final String url;
    private final Set<ActiveMQConnection> made = Collections.newSetFromMap(new WeakHashMap<>());
    private boolean isCutOff;

    /** @param url an OpenWire address: {@code vm:}, {@code tcp:} or {@code failover:}. */
    public BrokerConnections(String url) {
        this.url = url;
    }

    /** The address of the embedded broker, which must be running: it is never created by a connection. */
    public static String embeddedUrl() {
        return "vm://" + EmbeddedBroker.NAME + "?create=false&async=false";
    }

    /** Whether the broker is in this process, and so has our clock. */
    public boolean isEmbedded() {
        return url.startsWith(EMBEDDED_SCHEME);
    }

    /** A new factory; its connections are not pooled. */
    public ConnectionFactory factory() {
        return configured();
    }

    private ActiveMQConnectionFactory configured() {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url) {
            @Override
            protected ActiveMQConnection createActiveMQConnection(Transport transport, JMSStatsImpl stats)
                    throws Exception {
                return noted(super.createActiveMQConnection(transport, stats));
            }
        };
        RedeliveryPolicy policy = new RedeliveryPolicy();
        // With any other number, closing a connection dead-letters what it had received.
        policy.setMaximumRedeliveries(RedeliveryPolicy.NO_MAXIMUM_REDELIVERIES);
        policy.setInitialRedeliveryDelay(0);
        policy.setRedeliveryDelay(0);
        policy.setPreDispatchCheck(false);
        factory.setRedeliveryPolicy(policy);
        factory.setNonBlockingRedelivery(false);
        factory.setCopyMessageOnSend(false);
        factory.setWatchTopicAdvisories(false);
        factory.setTrustAllPackages(false);
        // Each spares a change of thread for every message: what is received just waits in the consumer's hand.
        factory.setAlwaysSessionAsync(false);
        factory.setDispatchAsync(!isEmbedded());
        return factory;
    }

    private synchronized ActiveMQConnection noted(ActiveMQConnection connection) throws JMSException {
        if (isCutOff) {
            connection.close();
            throw new JMSException("stopping: no more connections");
        }
        FailoverTransport failover = connection.getTransport().narrow(FailoverTransport.class);
        if (failover != null) {
            // It would carry out open transactions anew on the next broker, which leaves out what was acknowledged in
            // them, since nothing was handed out there yet: the commit would succeed, and the mail come again.
            failover.getStateTracker().setTrackTransactions(false);
        }
        made.add(connection);
        return connection;
    }

    /**
     * Ends all connections under the hands of those who use them. A connection waits as long as the broker is away or
     * its store full; whoever waits gets an exception now. The broker takes back what was not committed.
     */
    public void cutOff() {
        List<ActiveMQConnection> connections;
        synchronized (this) {
            isCutOff = true;
            connections = List.copyOf(made);
        }
        for (ActiveMQConnection connection : connections) {
            try {
                connection.getTransport().stop();
            } catch (Exception e) {
                LOG.debug("cutting off a connection: {}", e.toString());
            }
        }
    }

    /** A started connection. */
    public Connection open() throws JMSException {
        return started(configured());
    }

    /**
     * A started connection that hears of what happens in the broker. It is told and answers by threads of their own: a
     * thread that makes a queue, and told it of that itself, would answer over a connection that is about to tell the
     * broker something, and both would wait for each other for ever.
     */
    ActiveMQConnection openForWatching() throws JMSException {
        ActiveMQConnectionFactory factory = configured();
        factory.setDispatchAsync(true);
        factory.setAlwaysSessionAsync(true);
        return started(factory);
    }

    /** A started connection whose consumers take one message at a time: a second one would wait behind a slow first. */
    public Connection openForConsumer() throws JMSException {
        ActiveMQConnectionFactory factory = configured();
        factory.getPrefetchPolicy().setQueuePrefetch(1);
        return started(factory);
    }

    /**
     * Waits until the broker has handled all that was sent over a connection: makes a synchronous round trip, a transaction RECOVER, which
     * OpenWire brokers answer in order and without flushing the disk.
     *
     * @param connection made by {@link #open}.
     */
    public static void roundTrip(Connection connection) throws JMSException {
        ActiveMQConnection open = (ActiveMQConnection) connection;
        open.syncSendPacket(
                new TransactionInfo(open.getConnectionInfo().getConnectionId(), null, TransactionInfo.RECOVER));
    }

    private static ActiveMQConnection started(ActiveMQConnectionFactory factory) throws JMSException {
        ActiveMQConnection connection = (ActiveMQConnection) factory.createConnection();
        try {
            connection.start();
            return connection;
        } catch (JMSException e) {
            connection.close();
            throw e;
        }
    }
}
