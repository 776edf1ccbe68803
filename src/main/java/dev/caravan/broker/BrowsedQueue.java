package dev.caravan.broker;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * The messages of a queue from its head, as a browser shows them: they stay in the queue. They end early if the
 * connection is closed. Not thread-safe.
 */
public final class BrowsedQueue implements AutoCloseable, Iterator<Message> {
    private final QueueBrowser browser;
    private final Enumeration<?> messages;
    private Optional<Message> next = Optional.empty();

    /** Browses a queue, whose name may end with options of the client library. */
    public BrowsedQueue(Session session, String queue) throws JMSException {
        browser = session.createBrowser(new ActiveMQQueue(queue));
        messages = browser.getEnumeration();
    }

    @Override
    public boolean hasNext() {
        if (next.isEmpty() && messages.hasMoreElements()) {
            // Null if all further messages have expired in the meantime.
            next = Optional.ofNullable((Message) messages.nextElement());
        }
        return next.isPresent();
    }

    @Override
    public Message next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Message message = next.get();
        next = Optional.empty();
        return message;
    }

    @Override
    public void close() throws JMSException {
        browser.close();
    }
}
