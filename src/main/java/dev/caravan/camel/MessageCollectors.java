package dev.caravan.camel;

import dev.caravan.broker.MessageCollector;
import dev.caravan.broker.MessageCollector.Collected;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.component.jms.JmsEndpoint;
import org.apache.camel.component.jms.JmsProducer;
import org.jspecify.annotations.Nullable;
import org.springframework.jms.connection.JmsResourceHolder;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Lets a route from {@code deliver:} send to a queue in the transaction that consumes its message: what it sends is
 * collected, and sent with the commit, on whatever thread the route runs.
 */
public final class MessageCollectors {
    /** The exchange property that holds the {@link MessageCollector}. */
    public static final String PROPERTY = "messageCollector";

    private MessageCollectors() {}

    /** Sends as a JMS endpoint does, unless the exchange has a collector. */
    static final class Producer extends JmsProducer {
        Producer(JmsEndpoint endpoint) {
            super(endpoint);
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            MessageCollector collector = exchange.getProperty(PROPERTY, MessageCollector.class);
            // Where Spring's template looks for a session; the listener of a mailqueue: route binds its own there.
            Object factory =
                    getInOnlyTemplate() instanceof JmsTemplate template ? template.getConnectionFactory() : null;
            if (collector == null || factory == null || TransactionSynchronizationManager.hasResource(factory)) {
                return super.process(exchange, callback);
            }
            TransactionSynchronizationManager.bindResource(factory, new JmsResourceHolder(session(collector)));
            try {
                return super.process(exchange, callback);
            } finally {
                TransactionSynchronizationManager.unbindResource(factory);
            }
        }
    }

    /** A session that makes messages, and collects what is sent by its producers. */
    private static Session session(MessageCollector collector) {
        return proxy(Session.class, collector.session(), (name, arguments) -> switch (name) {
            case "createProducer" -> producer((Destination) arguments[0], collector);
            case "close", "commit", "rollback" -> DONE;
            default -> null;
        });
    }

    private static MessageProducer producer(Destination destination, MessageCollector collector) throws JMSException {
        MessageProducer real = collector.session().createProducer(destination);
        return proxy(MessageProducer.class, real, (name, arguments) -> {
            if (!name.equals("send")) {
                return null;
            }
            Message message = (Message) arguments[0];
            boolean isUsual = arguments.length == 1;
            Collected collected = new Collected(
                    destination,
                    message,
                    isUsual ? real.getDeliveryMode() : (Integer) arguments[1],
                    isUsual ? real.getPriority() : (Integer) arguments[2],
                    isUsual ? real.getTimeToLive() : (Long) arguments[3]);
            if (!collector.collect(collected)) {
                throw new JMSException("the consumed message is settled already (expected: to send before that)");
            }
            return DONE;
        });
    }

    private static final Object DONE = new Object();

    /** Answers a call instead of the real object, or returns null to leave it to that object. */
    private interface Instead {
        @Nullable
        Object call(String name, Object[] arguments) throws JMSException;
    }

    private static <T> T proxy(Class<T> type, T real, Instead instead) {
        return type.cast(Proxy.newProxyInstance(
                MessageCollectors.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object answer = instead.call(method.getName(), arguments);
                    if (answer != null) {
                        return answer == DONE ? null : answer;
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
