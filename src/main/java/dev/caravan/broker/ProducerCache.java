package dev.caravan.broker;

import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/**
 * The producers of one session, one for each queue or topic: for an anonymous producer the broker would create a
 * management name with each message. They are closed with their session. Not thread-safe.
 */
public final class ProducerCache {
    private static final int MAX_PRODUCERS = 100;

    private final Session session;
    private final Map<Destination, MessageProducer> byDestination = new HashMap<>();

    /** A session that keeps its producers from one transaction to the next. */
    interface Keeper {
        ProducerCache producers();
    }

    /** A transacted session that keeps its producers and closes its connection with itself. */
    public static Session session(Connection own) throws JMSException {
        return keeping(own.createSession(true, Session.SESSION_TRANSACTED), own::close);
    }

    /** The same session, which keeps its producers. */
    static Session keeping(Session session) {
        return keeping(session, () -> {});
    }

    private interface Closing {
        void close() throws JMSException;
    }

    private static Session keeping(Session session, Closing whenClosed) {
        ProducerCache producers = new ProducerCache(session);
        return (Session) Proxy.newProxyInstance(
                ProducerCache.class.getClassLoader(),
                new Class<?>[] {Session.class, Keeper.class},
                (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Keeper.class) {
                        return producers;
                    }
                    try {
                        Object result = method.invoke(session, arguments);
                        if (method.getName().equals("close")) {
                            whenClosed.close();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The producers that the session keeps, or new ones. */
    public static ProducerCache of(Session session) {
        return session instanceof Keeper keeper ? keeper.producers() : new ProducerCache(session);
    }

    public ProducerCache(Session session) {
        this.session = session;
    }

    /** The producer that sends to this queue; not to be closed. */
    public MessageProducer to(String queue) throws JMSException {
        return to(new ActiveMQQueue(queue));
    }

    /** The producer that sends to this topic; not to be closed. */
    public MessageProducer toTopic(String topic) throws JMSException {
        return to(new ActiveMQTopic(topic));
    }

    /** The producer that sends to this queue or topic; not to be closed. */
    public MessageProducer to(Destination destination) throws JMSException {
        MessageProducer known = byDestination.get(destination);
        if (known != null) {
            return known;
        }
        if (byDestination.size() == MAX_PRODUCERS) {
            for (MessageProducer old : byDestination.values()) {
                old.close();
            }
            byDestination.clear();
        }
        MessageProducer made = session.createProducer(destination);
        byDestination.put(destination, made);
        return made;
    }
}
