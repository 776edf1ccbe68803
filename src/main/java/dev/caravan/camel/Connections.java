package dev.caravan.camel;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;

/** Makes connections to the broker, all under the one rule that a rollback or a stop never counts against a mail. */
public final class Connections {
    private static final String EMBEDDED_SCHEME = "vm:";

    private final String url;

    /** @param url an OpenWire address: {@code vm:}, {@code tcp:} or {@code failover:}. */
    public Connections(String url) {
        this.url = url;
    }

    /** The address of the embedded broker, which must be running: it is never created by a connection. */
    public static String embeddedUrl() {
        return "vm://" + EmbeddedBroker.NAME + "?create=false&async=false";
    }

    /** A new factory; its connections are not pooled. */
    public ActiveMQConnectionFactory factory() {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
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
        factory.setDispatchAsync(!url.startsWith(EMBEDDED_SCHEME));
        return factory;
    }

    /** A started connection. */
    public Connection open() throws JMSException {
        return started(factory());
    }

    /** A started connection whose consumers take one message at a time: a second one would wait behind a slow first. */
    Connection openForConsumer() throws JMSException {
        ActiveMQConnectionFactory factory = factory();
        factory.getPrefetchPolicy().setQueuePrefetch(1);
        return started(factory);
    }

    private static Connection started(ActiveMQConnectionFactory factory) throws JMSException {
        Connection connection = factory.createConnection();
        try {
            connection.start();
            return connection;
        } catch (JMSException e) {
            connection.close();
            throw e;
        }
    }
}
