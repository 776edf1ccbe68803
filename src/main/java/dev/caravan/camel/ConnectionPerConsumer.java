package dev.caravan.camel;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ProducerCache;
import dev.caravan.lifecycle.ShutdownState;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import org.apache.camel.component.jms.DefaultJmsMessageListenerContainer;
import org.apache.camel.component.jms.JmsEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jms.listener.DefaultMessageListenerContainer;

/**
 * A listener container in which every consumer has a connection of its own. A connection carries out one command at a
 * time, and a commit waits for the disk: on a shared connection all consumers would wait for each other's commits.
 */
final class ConnectionPerConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionPerConsumer.class);

    private ConnectionPerConsumer() {}

    static DefaultMessageListenerContainer container(
            JmsEndpoint endpoint, BrokerConnections connections, ShutdownState stopping) {
        return new DefaultJmsMessageListenerContainer(endpoint) {
            @Override
            protected Session createSession(Connection shared) throws JMSException {
                return ProducerCache.session(connections.openForConsumer());
            }

            @Override
            protected void invokeErrorHandler(Throwable failure) {
                ShutdownState.reason(failure)
                        .ifPresentOrElse(
                                why -> LOG.info("a mail stays in {} and comes again: {}", getDestinationName(), why),
                                () -> super.invokeErrorHandler(failure));
            }

            @Override
            protected void handleListenerException(Throwable failure) {
                super.handleListenerException(failure);
                // Whatever the reason of a rollback was, the mail comes at once to the same consumer: without a pause
                // it would fail as often as the machine allows, and fill the log.
                stopping.pause();
            }
        };
    }
}
