package dev.caravan.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.control.InHandCommands.Result;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import dev.caravan.queue.QueueNames;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TextMessage;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands on what the servers of one broker are delivering. A command is published to the topic {@code mail.control};
 * each server that has selected items in hand says so at once, carries the command out, and says what it has done. Both
 * answers go to a temporary queue of the server that asks. Whoever may publish to the topic may remove and hold mail that
 * is being delivered, as whoever may consume from the queues may take it. Thread-safe.
 */
final class PeerCommands implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerCommands.class);
    /** How long the others may take to say that they have selected items. */
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(2);
    /** How long they may then take; longer than {@link InHandCommands} takes. */
    private static final Duration LAST_ANSWER = Duration.ofSeconds(15);

    private static final long LOOK_MILLIS = 1000;
    private static final int MAX_ANSWER = 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String server = UUID.randomUUID().toString();
    private final BrokerConnections connections;
    private final ShutdownState shutdown;
    private final Function<PeerRequest, QueueAction> actions;
    private final InHandCommands own;
    private volatile boolean isClosed;

    /** @param actions makes the action of a request. */
    PeerCommands(
            BrokerConnections connections,
            ShutdownState shutdown,
            Function<PeerRequest, QueueAction> actions,
            InHandCommands own) {
        this.connections = connections;
        this.shutdown = shutdown;
        this.actions = actions;
        this.own = own;
    }

    /** Answers the others from now on. */
    void serve() {
        Threads.start("control-topic", this::listen);
    }

    private void listen() {
        while (!isClosed) {
            try (Connection connection = connections.open();
                    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                    MessageConsumer consumer = session.createConsumer(session.createTopic(QueueNames.CONTROL));
                    MessageProducer producer = session.createProducer(null)) {
                producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
                while (!isClosed) {
                    Message message = consumer.receive(LOOK_MILLIS);
                    if (message != null) {
                        answer(message, session, producer);
                    }
                }
            } catch (JMSException e) {
                LOG.debug("{} cannot be read: {}", QueueNames.CONTROL, e.toString());
                if (!isClosed) {
                    shutdown.pause();
                }
            }
        }
    }

    private void answer(Message message, Session session, MessageProducer producer) throws JMSException {
        // Nowhere else: an answer in another queue would be taken for something else there.
        if (!(message instanceof TextMessage text) || !(message.getJMSReplyTo() instanceof TemporaryQueue replyTo)) {
            LOG.warn("a message of {} is no request, and is ignored", QueueNames.CONTROL);
            return;
        }
        QueueAction action;
        try {
            PeerRequest request = PeerRequest.parse(text.getText() == null ? "" : text.getText());
            if (request.server().equals(server)) {
                return;
            }
            action = actions.apply(request);
        } catch (IllegalArgumentException e) {
            LOG.warn("a message of {} is no request, and is ignored: {}", QueueNames.CONTROL, e.getMessage());
            return;
        }
        long selected = own.selected(action);
        if (selected == 0) {
            return;
        }
        LOG.info(
                "another server asks to {} mail that is being delivered: {}",
                action.verb().word(),
                action.filter());
        send(session, producer, replyTo, false, Result.NONE);
        send(
                session,
                producer,
                replyTo,
                true,
                own.run(action).toCompletableFuture().join());
    }

    private void send(Session session, MessageProducer producer, TemporaryQueue to, boolean isLast, Result result)
            throws JMSException {
        String text = JSON.createObjectNode()
                .put("server", server)
                .put("isLast", isLast)
                .put("done", result.done())
                .put("refused", result.refused())
                .toString();
        try {
            producer.send(to, session.createTextMessage(text));
        } catch (JMSException e) {
            // The one that asked may have gone; a broken connection shows at the next receive.
            LOG.debug("an answer cannot be sent: {}", e.toString());
        }
    }

    /** Has the other servers carry out an action; blocks until they have answered, or their time is over. */
    Result ask(QueueAction action) throws JMSException {
        PeerRequest request = new PeerRequest(server, action.verb(), action.filter(), action.request());
        try (Connection connection = connections.open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                MessageProducer producer = session.createProducer(session.createTopic(QueueNames.CONTROL))) {
            TemporaryQueue answers = session.createTemporaryQueue();
            try (MessageConsumer consumer = session.createConsumer(answers)) {
                Message message = session.createTextMessage(request.text());
                message.setJMSReplyTo(answers);
                producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
                producer.setTimeToLive(LAST_ANSWER.toMillis());
                producer.send(message);
                return collect(consumer);
            } finally {
                answers.delete();
            }
        }
    }

    private static Result collect(MessageConsumer consumer) throws JMSException {
        Set<String> begun = new HashSet<>();
        Set<String> ended = new HashSet<>();
        Result result = Result.NONE;
        long first = System.nanoTime() + FIRST_ANSWER.toNanos();
        long last = System.nanoTime() + LAST_ANSWER.toNanos();
        while (true) {
            long left = (ended.containsAll(begun) ? first : last) - System.nanoTime();
            if (left <= 0) {
                return result;
            }
            Message message = consumer.receive(Math.max(1, left / 1_000_000));
            if (message instanceof TextMessage text
                    && text.getText() != null
                    && text.getText().length() < MAX_ANSWER) {
                JsonNode answer = read(text.getText());
                begun.add(answer.path("server").asText());
                if (answer.path("isLast").asBoolean()
                        && ended.add(answer.path("server").asText())) {
                    result = result.and(new Result(
                            Math.max(0, answer.path("done").asLong()),
                            Math.max(0, answer.path("refused").asLong())));
                }
            }
        }
    }

    private static JsonNode read(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            LOG.warn("an answer of another server is not readable, and is ignored");
            return JSON.createObjectNode();
        }
    }

    /** Answers no more; returns at once. */
    @Override
    public void close() {
        isClosed = true;
    }
}
