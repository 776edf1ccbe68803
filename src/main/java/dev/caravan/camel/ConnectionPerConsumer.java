package dev.caravan.camel;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ProducerCache;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.lifecycle.ShutdownState;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.util.Optional;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.component.jms.DefaultJmsMessageListenerContainer;
import org.apache.camel.component.jms.JmsEndpoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jms.listener.DefaultMessageListenerContainer;

/**
 * A listener container in which every consumer has a connection of its own. A connection executes one command at a
 * time, and a commit waits for the disk: on a shared connection all consumers would wait for each other's commits.
 */
public final class ConnectionPerConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionPerConsumer.class);

    private ConnectionPerConsumer() {}

    static DefaultMessageListenerContainer container(
            JmsEndpoint endpoint, BrokerConnections connections, ShutdownState shutdown) {
        return new DefaultJmsMessageListenerContainer(endpoint) {
            @Override
            protected Session createSession(Connection shared) throws JMSException {
                return ProducerCache.session(connections.openForConsumer());
            }

            @Override
            protected void invokeErrorHandler(Throwable failure) {
                reason(failure)
                        .ifPresentOrElse(
                                why -> LOG.info("a message stays in {}: {}", getDestinationName(), why),
                                () -> super.invokeErrorHandler(failure));
            }

            @Override
            protected void handleListenerException(Throwable failure) {
                super.handleListenerException(failure);
                // Whatever the reason of a rollback was, the broker dispatches the message to the same consumer at
                // once: without a pause it would fail again and again, and fill the log.
                shutdown.pause();
            }
        };
    }

    /** The reason why a step left the message in its queue; empty if the consumer rolls back because of a failure. */
    public static Optional<String> reason(@Nullable Throwable rollback) {
        for (Throwable cause = rollback; cause != null; cause = cause.getCause()) {
            if (cause instanceof LeaveInQueueException) {
                return Optional.of(String.valueOf(cause.getMessage()));
            }
            if (cause instanceof RollbackExchangeException decided) {
                return Optional.ofNullable(decided.getExchange())
                        .flatMap(exchange -> MailExchange.of(exchange).leftInQueueBecause())
                        .or(() -> Optional.of("a step of its route rolled back"));
            }
        }
        return Optional.empty();
    }
}
