import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.RecipientProgress;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Fills a retry queue of a running server with mail that was deferred once, as after a long outage of its next hop.
 * Arguments: the broker's address, the queue, how many, octets of content, when they are due, in milliseconds, the
 * domain of their recipients, in which %d stands for a number, and how many such numbers there are.
 */
public final class Fill {
    private static final int CONNECTIONS = 4;
    private static final int BATCH = 500;
    private static final String REPLY = "450 4.2.1 The mailbox is busy, please try again later";
    private static final String REMOTE = "mx.example.test";

    private final ActiveMQConnectionFactory factory;
    private final String queue;
    private final Instant due;
    private final byte[] content;
    private final String domain;
    private final int domains;

    private Fill(String broker, String queue, int octets, Instant due, String domain, int domains) {
        this.factory = new ActiveMQConnectionFactory(broker);
        this.factory.setCopyMessageOnSend(false);
        this.factory.setWatchTopicAdvisories(false);
        this.queue = queue;
        this.domain = domain;
        this.domains = domains;
        this.due = due;
        String text = "Subject: deferred\r\n\r\n" + ("x".repeat(78) + "\r\n").repeat(octets / 80);
        this.content = text.getBytes(StandardCharsets.US_ASCII);
    }

    public static void main(String[] args) throws Exception {
        Instant due = Instant.ofEpochMilli(Long.parseLong(args[4]));
        Fill fill = new Fill(args[0], args[1], Integer.parseInt(args[3]), due, args[5], Integer.parseInt(args[6]));
        int count = Integer.parseInt(args[2]);
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        List<Callable<Void>> shares = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            int share = (int) ((long) count * (i + 1) / CONNECTIONS - (long) count * i / CONNECTIONS);
            shares.add(() -> fill.put(share));
        }
        for (Future<Void> share : threads.invokeAll(shares)) {
            share.get();
        }
        threads.shutdown();
    }

    private Void put(int count) throws JMSException {
        Random random = new Random();
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(new ActiveMQQueue(queue))) {
            for (int i = 1; i <= count; i++) {
                producer.send(message(session, item(random)));
                if (i % BATCH == 0 || i == count) {
                    session.commit();
                }
            }
        }
        return null;
    }

    /** With the properties that the server itself gives such an item. */
    private BytesMessage message(Session session, QueueItem item) throws JMSException {
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(QueueItemFormat.write(item));
        message.setStringProperty("itemId", item.id().toString());
        message.setStringProperty("mailId", item.mail().id().text());
        message.setStringProperty("sender", item.mail().envelope().reversePath().address());
        message.setIntProperty("recipients", item.recipients().size());
        message.setStringProperty("domain", item.nextHop().destination());
        message.setStringProperty("transport", item.nextHop().transport());
        message.setIntProperty("attempts", item.progress().attempts());
        message.setLongProperty("arrivedAt", item.mail().arrival().at().toEpochMilli());
        message.setLongProperty("size", content.length);
        message.setLongProperty("queuedAt", System.currentTimeMillis());
        message.setLongProperty("nextAttemptAt", due.toEpochMilli());
        message.setStringProperty("lastReply", REPLY);
        return message;
    }

    private QueueItem item(Random random) {
        Instant now = Instant.now();
        MailId id = MailId.next(now, random);
        String destination = domain.replace("%d", Integer.toString(random.nextInt(domains)));
        String recipient = "recipient" + random.nextInt(1_000_000_000) + "@" + destination;
        Envelope envelope = new Envelope(
                ReversePath.of(Mailbox.parse("sender@bench.test")),
                List.of(Recipient.of(recipient)),
                MailParameters.NONE);
        Arrival arrival = new Arrival(now, "ESMTP", "client.bench.test", Optional.empty());
        Diagnosis diagnosis = new Diagnosis(EnhancedStatus.of("4.2.1"), Optional.of(REMOTE), REPLY);
        Progress progress = new Progress(
                1,
                List.of(new Attempt(now, REMOTE, REPLY)),
                Map.of(ForwardPath.of(recipient), new RecipientProgress(false, false, Optional.of(diagnosis))),
                Optional.of(due));
        MailObject mail = new MailObject(id, arrival, envelope, new Content.InMemory(content));
        return new QueueItem(new ItemId(id, "1"), mail, new NextHop("smtp", destination), progress);
    }
}
