import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * A program that puts whole messages into {@code mail.submit} of a running server. Arguments: the broker's address, how
 * many, and octets of each. Prints when it began, in milliseconds since 1970.
 */
public final class Submit {
    private static final int CONNECTIONS = 4;
    private static final int BATCH = 100;

    private Submit() {}

    public static void main(String[] args) throws Exception {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(args[0]);
        factory.setWatchTopicAdvisories(false);
        int count = Integer.parseInt(args[1]);
        String head = "From: sender@bench.test\r\nTo: recipient@example.test\r\nSubject: bench\r\n"
                + "Date: Mon, 23 Nov 2026 14:00:00 +0000\r\nMessage-ID: <1@bench.test>\r\n\r\n";
        int lines = Math.max(1, (Integer.parseInt(args[2]) - head.length()) / 80);
        byte[] content = (head + ("x".repeat(78) + "\r\n").repeat(lines)).getBytes(StandardCharsets.US_ASCII);
        // The rate is from here on, not from the start of this program.
        System.out.println(System.currentTimeMillis());
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        List<Callable<Void>> shares = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            int share = (int) ((long) count * (i + 1) / CONNECTIONS - (long) count * i / CONNECTIONS);
            shares.add(() -> put(factory, content, share));
        }
        for (Future<Void> share : threads.invokeAll(shares)) {
            share.get();
        }
        threads.shutdown();
    }

    private static Void put(ActiveMQConnectionFactory factory, byte[] content, int count) throws Exception {
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(new ActiveMQQueue("mail.submit"))) {
            for (int i = 1; i <= count; i++) {
                BytesMessage message = session.createBytesMessage();
                message.writeBytes(content);
                producer.send(message);
                if (i % BATCH == 0 || i == count) {
                    session.commit();
                }
            }
        }
        return null;
    }
}
