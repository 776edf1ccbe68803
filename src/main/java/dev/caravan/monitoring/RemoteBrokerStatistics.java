package dev.caravan.monitoring;

import dev.caravan.metrics.QueueStatistics;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads depth and age of our queues from a separate broker of ActiveMQ Classic that has the statistics plugin, as
 * {@code caravan broker} has: one request, one reply for each queue. Other brokers are not asked; one that does not reply
 * is asked again after ten minutes. Not thread-safe.
 */
final class RemoteBrokerStatistics {
    private static final String QUESTION = "ActiveMQ.Statistics.Destination";
    private static final String WITH_FIRST = QUESTION + ".Include.First.Message.Timestamp";
    private static final String WITH_END = QUESTION + ".List.End.With.Null";
    /** Queues of parked mail are many, and shown as one. */
    private static final int MOST_QUEUES = 5000;

    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(2);
    private static final Duration SILENCE = Duration.ofMinutes(10);
    private static final Logger LOG = LoggerFactory.getLogger(RemoteBrokerStatistics.class);
    private static final String QUEUE_SCHEME = "queue://";

    private Optional<Long> silentSince = Optional.empty();

    /** The queues whose names begin with {@code mail.}, by name; none if they are not known. */
    List<QueueStatistics> figures(ActiveMQConnection connection) {
        boolean isSilent = silentSince
                .filter(since -> System.nanoTime() - since < SILENCE.toNanos())
                .isPresent();
        if (isSilent || !isClassic(connection)) {
            return List.of();
        }
        Optional<List<QueueStatistics>> answer = Optional.empty();
        try {
            answer = ask(connection);
        } catch (JMSException e) {
            LOG.debug("asking for statistics: {}", e.toString());
        }
        silentSince = answer.isPresent() ? Optional.empty() : Optional.of(System.nanoTime());
        if (answer.isEmpty()) {
            LOG.info("the broker has no statistics plugin: the metrics of its queues are left out");
        }
        return answer.orElseGet(List::of);
    }

    /** Another broker would store the request as a message in a queue of that name. */
    private static boolean isClassic(ActiveMQConnection connection) {
        return connection.getBrokerInfo() != null
                && connection.getBrokerInfo().getBrokerId().getValue().startsWith("ID:");
    }

    private static Optional<List<QueueStatistics>> ask(ActiveMQConnection connection) throws JMSException {
        try (Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            TemporaryQueue answers = session.createTemporaryQueue();
            try (MessageConsumer consumer = session.createConsumer(answers);
                    MessageProducer producer = session.createProducer(new ActiveMQQueue(QUESTION + ".mail.>"))) {
                Message question = session.createMessage();
                question.setBooleanProperty(WITH_FIRST, true);
                question.setBooleanProperty(WITH_END, true);
                question.setJMSReplyTo(answers);
                // Expires soon at a broker without the plugin.
                producer.send(question, DeliveryMode.NON_PERSISTENT, 0, LONGEST_ANSWER.toMillis());
                return read(consumer);
            } finally {
                answers.delete();
            }
        }
    }

    private static Optional<List<QueueStatistics>> read(MessageConsumer consumer) throws JMSException {
        long end = System.nanoTime() + LONGEST_ANSWER.toNanos();
        List<QueueStatistics> figures = new ArrayList<>();
        while (figures.size() <= MOST_QUEUES) {
            long millis = Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis());
            if (!(consumer.receive(millis) instanceof MapMessage answer)) {
                return Optional.empty();
            }
            if (!answer.itemExists("destinationName")) {
                break;
            }
            figures.add(figure(answer));
        }
        figures.sort(Comparator.comparing(QueueStatistics::queue));
        return Optional.of(figures);
    }

    /** Both times are the broker's, so its clock may differ from ours. */
    private static QueueStatistics figure(MapMessage answer) throws JMSException {
        String name = answer.getString("destinationName");
        Optional<Duration> oldest = answer.itemExists("firstMessageTimestamp")
                ? Optional.of(Duration.ofMillis(answer.getJMSTimestamp() - answer.getLong("firstMessageTimestamp")))
                : Optional.empty();
        return new QueueStatistics(
                name.startsWith(QUEUE_SCHEME) ? name.substring(QUEUE_SCHEME.length()) : name,
                answer.getLong("size"),
                oldest);
    }
}
