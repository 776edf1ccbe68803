package dev.caravan.camel;

import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.camel.component.jms.ConsumerType;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.jms.JmsConfiguration;

/** The {@code mailqueue:} endpoints: camel-jms, set up so that mail is consumed in a transaction and never lost. */
final class MailQueueComponent {
    private static final long RECOVERY_MILLIS = 1000;

    private MailQueueComponent() {}

    static JmsComponent create(Connections connections, Stopping stopping) {
        ActiveMQConnectionFactory factory = connections.factory();
        JmsConfiguration configuration = new JmsConfiguration(factory);
        configuration.setTransacted(true);
        configuration.setLazyCreateTransactionManager(false);
        configuration.setCacheLevelName("CACHE_CONSUMER");
        configuration.setAcceptMessagesWhileStopping(true);
        // A failover connection waits until there is a broker; the server must not wait with it.
        configuration.setAsyncStartListener(true);
        configuration.setDisableReplyTo(true);
        configuration.setMapJmsMessage(false);
        // Without this the factory of the next line is not asked.
        configuration.setConsumerType(ConsumerType.Custom);
        configuration.setMessageListenerContainerFactory(
                endpoint -> ConnectionPerConsumer.container(endpoint, connections, stopping));
        configuration.setRecoveryInterval(RECOVERY_MILLIS);
        JmsComponent component = new JmsComponent(configuration);
        component.setHeaderFilterStrategy(new NoForeignHeaders());
        return component;
    }
}
