package dev.caravan.testkit;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ItemProperties;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.activemq.command.ActiveMQQueue;

/** Puts queue items of bob, who sends to alice if nothing else is said, straight into queues, without the way through SMTP. */
public final class Stock {
    private static final int BATCH = 500;
    private static final Random RANDOM = new Random();

    private final BrokerConnections connections = new BrokerConnections(BrokerConnections.embeddedUrl());
    private Duration timeToLive = Duration.ZERO;
    private Optional<Instant> due = Optional.empty();
    private Instant queuedAt = Instant.now();
    private String transport = "local";
    private String recipient = "alice@local.test";
    private Instant arrivedAt = Instant.now();
    private int size = 10;
    private Optional<String> returnTo = Optional.empty();

    /** When the items are due; otherwise as soon as the delay of their queue is over. */
    public Stock due(Instant when) {
        due = Optional.of(when);
        return this;
    }

    public Stock queuedAt(Instant when) {
        queuedAt = when;
        return this;
    }

    public Stock transport(String name) {
        transport = name;
        return this;
    }

    public Stock to(String address) {
        recipient = address;
        return this;
    }

    /** The items wait to go back to a queue that is not that of their transport. */
    public Stock returningTo(String queue) {
        returnTo = Optional.of(queue);
        return this;
    }

    public Stock arrivedAt(Instant when) {
        arrivedAt = when;
        return this;
    }

    /** Octets of each content. */
    public Stock size(int octets) {
        size = octets;
        return this;
    }

    /** A JMS time to live, as only others set it. */
    public Stock timeToLive(Duration time) {
        timeToLive = time;
        return this;
    }

    public Stock put(String queue, int count) throws JMSException {
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(new ActiveMQQueue(queue))) {
            producer.setTimeToLive(timeToLive.toMillis());
            for (int i = 1; i <= count; i++) {
                QueueItem item = item(queue + "-" + i);
                BytesMessage message = session.createBytesMessage();
                message.writeBytes(QueueItemFormat.write(item));
                for (Map.Entry<String, Object> property :
                        ItemProperties.of(item, queuedAt).entrySet()) {
                    message.setObjectProperty(property.getKey(), property.getValue());
                }
                if (returnTo.isPresent()) {
                    message.setStringProperty(ItemProperties.RETURN_TO, returnTo.get());
                }
                producer.send(message);
                if (i % BATCH == 0 || i == count) {
                    session.commit();
                }
            }
        }
        return this;
    }

    private QueueItem item(String subject) {
        MailId id = MailId.next(Instant.now(), RANDOM);
        String content = "Subject: " + subject + "\r\n\r\n" + "x".repeat(size);
        MailObject mail = new MailObject(
                id,
                new Arrival(arrivedAt, "ESMTP", "client.test", Optional.empty()),
                new Envelope(
                        ReversePath.of(Mailbox.parse("bob@local.test")),
                        List.of(Recipient.of(recipient)),
                        MailParameters.NONE),
                new Content.InMemory(content.getBytes(StandardCharsets.US_ASCII)));
        return new QueueItem(
                new ItemId(id, "1"),
                mail,
                new NextHop(transport, recipient.substring(recipient.indexOf('@') + 1)),
                new Progress(0, List.of(), Map.of(), due));
    }
}
