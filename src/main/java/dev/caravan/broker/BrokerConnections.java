package dev.caravan.broker;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.tls.SocketTls;
import dev.caravan.tls.Trust;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import javax.net.ssl.SSLContext;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.broker.SslContext;
import org.apache.activemq.command.TransactionInfo;
import org.apache.activemq.management.JMSStatsImpl;
import org.apache.activemq.transport.Transport;
import org.apache.activemq.transport.failover.FailoverTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes connections to the broker. On all of them a rollback or a shutdown never counts as a failed delivery of a
 * message. Thread-safe.
 */
public final class BrokerConnections {
    private static final String EMBEDDED_SCHEME = "vm:";
    private static final Logger LOG = LoggerFactory.getLogger(BrokerConnections.class);

    private final String url;
    private final Optional<BrokerLogin> login;
    private final Optional<SSLContext> tls;
    private final Set<ActiveMQConnection> made = Collections.newSetFromMap(new WeakHashMap<>());
    private boolean isCutOff;

    /** @param url an OpenWire address: {@code vm:}, {@code tcp:} or {@code failover:}. */
    public BrokerConnections(String url) {
        this(url, Optional.empty(), Optional.empty());
    }

    /**
     * @param url an OpenWire address: {@code vm:}, {@code tcp:}, {@code ssl:} or {@code failover:}.
     * @param tls for addresses {@code ssl:}; empty for what the JDK trusts.
     */
    public BrokerConnections(String url, Optional<BrokerLogin> login, Optional<SSLContext> tls) {
        this.url = url;
        this.login = login;
        this.tls = tls;
    }

    /**
     * Connections to the broker of the settings, the embedded one by default.
     *
     * @throws IOException if a file that a setting names cannot be read.
     * @throws InvalidSettingsException if a file cannot be used, or a password would be sent in clear.
     */
    public static BrokerConnections of(ServerHome home, Settings settings) throws IOException {
        Optional<BrokerLogin> login = BrokerLogin.of(home, settings);
        Optional<SSLContext> tls = Optional.of(SocketTls.client(trust(home, settings)));
        Optional<String> url = settings.get(BrokerSettings.URL);
        if (url.isPresent() && login.isPresent()) {
            BrokerPorts.requireSecret(url.get(), settings);
        }
        return new BrokerConnections(url.orElseGet(BrokerConnections::embeddedUrl), login, tls);
    }

    private static Trust trust(ServerHome home, Settings settings) throws IOException {
        Optional<Path> file = home.readable(settings, BrokerSettings.TLS_AUTHORITIES, "certificates in PEM");
        try {
            return file.isPresent() ? Trust.in(file.get()) : Trust.system();
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingsException(BrokerSettings.TLS_AUTHORITIES, String.valueOf(e.getMessage()), "");
        }
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

            @Override
            protected Transport createTransport() throws JMSException {
                return tls.isPresent() ? secured(tls.get()) : super.createTransport();
            }

            /** The transport keeps the context that is this thread's now, also for when it connects again. */
            private Transport secured(SSLContext with) throws JMSException {
                SslContext before = SslContext.getCurrentSslContext();
                SslContext ours = new SslContext();
                ours.setSSLContext(with);
                SslContext.setCurrentSslContext(ours);
                try {
                    return super.createTransport();
                } finally {
                    SslContext.setCurrentSslContext(before);
                }
            }
        };
        login.ifPresent(known -> {
            factory.setUserName(known.user());
            factory.setPassword(known.password());
        });
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
        // Each of the two saves a change of thread for every message.
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
            // It would replay open transactions on the next broker without the acknowledgements in them, since that
            // broker has dispatched nothing yet: the commit would succeed, and the messages would be delivered again.
            failover.getStateTracker().setTrackTransactions(false);
        }
        made.add(connection);
        return connection;
    }

    /**
     * Ends all connections, also those in use. A call that waits because the broker is unavailable or its store is full
     * throws now. The broker takes back what was not committed.
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
     * A started connection for advisory messages of the broker. These are dispatched and handled by threads of their
     * own: otherwise the broker's thread that creates a queue would deliver the advisory itself, over a connection that
     * is sending to the broker at that moment, and the two would deadlock.
     */
    ActiveMQConnection openForWatching() throws JMSException {
        ActiveMQConnectionFactory factory = configured();
        factory.setDispatchAsync(true);
        factory.setAlwaysSessionAsync(true);
        return started(factory);
    }

    /**
     * A started connection for consumers that keep many messages in hand. Without the client library's search for
     * duplicates: it would move a message that the broker dispatches again to {@code mail.dead}.
     */
    ActiveMQConnection openForItems() throws JMSException {
        ActiveMQConnectionFactory factory = configured();
        factory.setCheckForDuplicates(false);
        return started(factory);
    }

    /** A started connection whose consumers prefetch one message: a second one would wait behind a slow first one. */
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

    /** Whether the broker of a connection announces the names of its queues, as ActiveMQ Classic does. */
    public static boolean announcesQueues(Connection connection) {
        return connection instanceof ActiveMQConnection classic
                && classic.getBrokerInfo() != null
                && classic.getBrokerInfo().getBrokerId() != null
                && classic.getBrokerInfo().getBrokerId().getValue().startsWith("ID:");
    }
}
