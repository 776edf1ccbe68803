package dev.caravan.camel;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.MessageBatch;
import dev.caravan.lifecycle.ShutdownState;
import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.Producer;
import org.apache.camel.component.jms.ConsumerType;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.jms.JmsConfiguration;
import org.apache.camel.component.jms.JmsEndpoint;
import org.apache.camel.component.jms.JmsQueueEndpoint;
import org.apache.camel.component.jms.QueueBrowseStrategy;
import org.apache.camel.spi.annotations.Component;

/** The {@code mailqueue:} endpoints: camel-jms, configured so that mail is consumed in a transaction and never lost. */
public final class MailQueueComponent {
    /** The option of an endpoint that names the headers that are allowed. */
    private static final String PASSING = "passHeaders";

    /** The option of a consumed endpoint: how many messages one transaction takes from the queue at most. */
    private static final String PER_COMMIT = "messagesPerCommit";

    private static final int MOST_PER_COMMIT = 1000;
    /** A transaction takes no further message once it has so many octets. */
    private static final long OCTETS_PER_COMMIT = 4L << 20;

    private static final long RECOVERY_MILLIS = 1000;

    private MailQueueComponent() {}

    public static JmsComponent create(BrokerConnections connections, ShutdownState shutdown) {
        JmsConfiguration configuration = new JmsConfiguration(connections.factory());
        configuration.setTransacted(true);
        configuration.setLazyCreateTransactionManager(false);
        configuration.setCacheLevelName("CACHE_CONSUMER");
        configuration.setAcceptMessagesWhileStopping(true);
        // A failover connection waits until there is a broker; the server must not wait with it.
        configuration.setAsyncStartListener(true);
        configuration.setDisableReplyTo(true);
        configuration.setMapJmsMessage(false);
        // The consumed object is used for the acknowledgement, and its properties are not trusted: another object is
        // sent.
        configuration.setAlwaysCopyMessage(true);
        // Without this the factory of the next line is not asked.
        configuration.setConsumerType(ConsumerType.Custom);
        configuration.setMessageListenerContainerFactory(
                endpoint -> ConnectionPerConsumer.container(endpoint, connections, shutdown));
        configuration.setRecoveryInterval(RECOVERY_MILLIS);
        JmsComponent component = new QueueComponent(configuration, connections, shutdown);
        component.setHeaderFilterStrategy(new HeaderAllowList());
        return component;
    }

    /**
     * Has two more options: which properties and headers of the operator's are allowed, and how many messages are
     * consumed in one transaction. Camel finds the other options by the component's name.
     */
    @Component("jms")
    private static final class QueueComponent extends JmsComponent {
        private final BrokerConnections connections;
        private final ShutdownState shutdown;

        QueueComponent(JmsConfiguration configuration, BrokerConnections connections, ShutdownState shutdown) {
            super(configuration);
            this.connections = connections;
            this.shutdown = shutdown;
        }

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters)
                throws Exception {
            String names = getAndRemoveParameter(parameters, PASSING, String.class);
            Integer perCommit = getAndRemoveParameter(parameters, PER_COMMIT, Integer.class);
            if (perCommit != null && (perCommit < 1 || perCommit > MOST_PER_COMMIT)) {
                throw new IllegalArgumentException(
                        uri + ": messagesPerCommit is " + perCommit + " (expected: 1 to " + MOST_PER_COMMIT + ")");
            }
            Endpoint endpoint = super.createEndpoint(uri, remaining, parameters);
            if (endpoint instanceof JmsEndpoint queue) {
                if (names != null) {
                    queue.setHeaderFilterStrategy(new HeaderAllowList(names));
                }
                queue.setBinding(new BodyKeepingBinding(queue));
                if (perCommit != null) {
                    MessageBatch.Limits limits = new MessageBatch.Limits(perCommit, OCTETS_PER_COMMIT);
                    return new BatchQueueEndpoint(uri, this, queue, limits, connections, shutdown);
                }
            }
            return endpoint;
        }

        @Override
        protected JmsEndpoint createQueueEndpoint(
                String uri,
                JmsComponent component,
                String subject,
                JmsConfiguration configuration,
                QueueBrowseStrategy browsing) {
            return new JmsQueueEndpoint(uri, component, subject, configuration, browsing) {
                @Override
                public Producer createProducer() {
                    return new MessageCollectors.Producer(this);
                }
            };
        }
    }
}
