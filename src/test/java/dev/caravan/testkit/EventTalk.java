package dev.caravan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.broker.BrokerConnections;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** A JMS client that listens for events, as programs of others do. */
public final class EventTalk implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LONGEST_WAIT_MILLIS = 60_000;
    private static final long SHORT_MILLIS = 300;

    private final Connection connection;
    private final MessageConsumer consumer;

    private EventTalk(String clientId, Listening listening) throws JMSException {
        connection = new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl()).createConnection();
        if (!clientId.isEmpty()) {
            connection.setClientID(clientId);
        }
        connection.start();
        consumer = listening.consumer(connection.createSession(false, Session.AUTO_ACKNOWLEDGE));
    }

    private interface Listening {
        MessageConsumer consumer(Session session) throws JMSException;
    }

    /** A subscriber that the broker remembers. */
    public static EventTalk durable(String name) throws JMSException {
        return new EventTalk(name, session -> session.createDurableSubscriber(new ActiveMQTopic("mail.events"), "all"));
    }

    /** A subscriber to some events. */
    public static EventTalk selecting(String selector) throws JMSException {
        return new EventTalk("", session -> session.createConsumer(new ActiveMQTopic("mail.events"), selector));
    }

    public static EventTalk queue(String name) throws JMSException {
        return new EventTalk("", session -> session.createConsumer(new ActiveMQQueue(name)));
    }

    /** The next event, when it comes. */
    public Message next() throws JMSException {
        Message message = consumer.receive(LONGEST_WAIT_MILLIS);
        if (message == null) {
            throw new AssertionError("no event came");
        }
        return message;
    }

    /** So many events, each as its word and recipient. */
    public List<String> next(int count) throws Exception {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            JsonNode event = json(next());
            words.add(event.get("event").asText() + " " + event.get("recipient").asText());
        }
        return words;
    }

    /** Whether none is there now; what is on its way takes no longer than that, or the next test sees it. */
    public boolean isQuiet() throws JMSException {
        return consumer.receive(SHORT_MILLIS) == null;
    }

    public static JsonNode json(Message message) throws Exception {
        return JSON.readTree(((TextMessage) message).getText());
    }

    @Override
    public void close() throws JMSException {
        connection.close();
    }
}
