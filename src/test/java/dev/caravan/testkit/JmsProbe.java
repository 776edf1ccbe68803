package dev.caravan.testkit;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrowsedQueue;
import dev.caravan.broker.MessageCopy;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.util.ByteSequence;

/** A JMS client that is not ours: puts, moves and looks, as operators' tools and foreign programs do. */
public final class JmsProbe implements AutoCloseable {
    private final Connection connection;
    private final Session session;

    public JmsProbe() throws JMSException {
        connection = new ActiveMQConnectionFactory(BrokerConnections.embeddedUrl()).createConnection();
        connection.start();
        session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    public void putText(String queue, String text) throws JMSException {
        put(queue, session.createTextMessage(text), Map.of());
    }

    public void putOctets(String queue, byte[] octets, Map<String, Object> properties) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(octets);
        put(queue, message, properties);
    }

    /** Puts a message that says it is compressed, and is not. */
    public void putCompressedJunk(String queue) throws JMSException {
        ActiveMQBytesMessage message = (ActiveMQBytesMessage) session.createBytesMessage();
        message.setContent(new ByteSequence("junk that nothing inflates".getBytes(StandardCharsets.US_ASCII)));
        message.setCompressed(true);
        put(queue, message, Map.of());
    }

    private void put(String queue, Message message, Map<String, Object> properties) throws JMSException {
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            message.setObjectProperty(property.getKey(), property.getValue());
        }
        session.createProducer(new ActiveMQQueue(queue)).send(message);
    }

    /** Takes one message, octets only. */
    public byte[] take(String queue) throws JMSException {
        return MessageCopy.octets(receive(queue)).orElseThrow();
    }

    /** Moves one message as tools do: body and properties, all else is new. */
    public void move(String from, String to) throws JMSException {
        Message message = receive(from);
        put(to, MessageCopy.of(session, (BytesMessage) message), Map.of());
    }

    private Message receive(String queue) throws JMSException {
        try (MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(queue))) {
            Message message = consumer.receive(10_000);
            if (message == null) {
                throw new AssertionError("nothing in " + queue);
            }
            return message;
        }
    }

    public List<Message> browse(String queue) throws JMSException {
        List<Message> messages = new ArrayList<>();
        try (BrowsedQueue browsed = new BrowsedQueue(session, queue)) {
            browsed.forEachRemaining(messages::add);
        }
        return messages;
    }

    @Override
    public void close() throws JMSException {
        connection.close();
    }
}
