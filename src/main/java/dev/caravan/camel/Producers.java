package dev.caravan.camel;

import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.HashMap;
import java.util.Map;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * The producers of one session, one for each queue it sends to: for a producer without a queue of its own the broker
 * makes up a management name anew with each message. They end with their session.
 */
final class Producers {
    private static final int MAX_QUEUES = 100;

    private final Session session;
    private final Map<String, MessageProducer> byQueue = new HashMap<>();

    /** A session that keeps its producers from one transaction to the next. */
    interface Keeper {
        Producers producers();
    }

    /** Those that the session keeps, or new ones. */
    static Producers of(Session session) {
        return session instanceof Keeper keeper ? keeper.producers() : new Producers(session);
    }

    Producers(Session session) {
        this.session = session;
    }

    /** The producer that sends to this queue; not to be closed. */
    MessageProducer to(String queue) throws JMSException {
        MessageProducer known = byQueue.get(queue);
        if (known != null) {
            return known;
        }
        if (byQueue.size() == MAX_QUEUES) {
            for (MessageProducer old : byQueue.values()) {
                old.close();
            }
            byQueue.clear();
        }
        MessageProducer made = session.createProducer(new ActiveMQQueue(queue));
        byQueue.put(queue, made);
        return made;
    }
}
