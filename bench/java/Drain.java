import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Takes messages out of a queue as fast as it can, as the deliveries of many servers would, and prints how many it took.
 * Arguments: the broker's address, the queue, how many, and after how many milliseconds it ends in any case.
 */
public final class Drain {
    private static final int CONNECTIONS = 4;
    private static final int BATCH = 200;

    private final ActiveMQConnectionFactory factory;
    private final ActiveMQQueue queue;
    private final long patience;
    private final CountDownLatch left;

    private Drain(String broker, String queue, int count, long patience) {
        this.factory = new ActiveMQConnectionFactory(broker);
        this.factory.setWatchTopicAdvisories(false);
        this.queue = new ActiveMQQueue(queue + "?consumer.prefetchSize=" + BATCH);
        this.patience = patience;
        this.left = new CountDownLatch(count);
    }

    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[2]);
        Drain drain = new Drain(args[0], args[1], count, Long.parseLong(args[3]));
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        for (int i = 0; i < CONNECTIONS; i++) {
            threads.submit(drain::take);
        }
        threads.shutdown();
        drain.left.await(drain.patience, TimeUnit.MILLISECONDS);
        System.out.println(count - drain.left.getCount());
        System.exit(0);
    }

    private Void take() throws JMSException {
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(queue)) {
            connection.start();
            int taken = 0;
            while (left.getCount() > 0) {
                boolean isThere = consumer.receive(taken == 0 ? 1000 : 1) != null;
                taken += isThere ? 1 : 0;
                if (taken > 0 && (!isThere || taken == BATCH)) {
                    session.commit();
                    for (; taken > 0; taken--) {
                        left.countDown();
                    }
                }
            }
        }
        return null;
    }
}
