package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("server")
class BrowsedQueueTest {
    private static final String QUEUE = "mail.retry.15m";

    @TempDir
    Path folder;

    @Test
    void endsWhereTheRestExpiredWhileItWasLookedAtAndLosesNoneOfThat() throws Exception {
        try (TestServer node = new TestServer(folder).start();
                Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE)) {
            new Stock().put(QUEUE, 1);
            new Stock().timeToLive(Duration.ofSeconds(1)).put(QUEUE, 2);
            Instant expired = Instant.now().plusSeconds(1);
            try (BrowsedQueue browsed = new BrowsedQueue(session, QUEUE)) {
                browsed.next();
                Await.until("the rest expired", () -> Instant.now().isAfter(expired));
                assertFalse(browsed.hasNext());
            }
            Await.until("both senders are told", () -> {
                node.look(QUEUE);
                return node.mailbox("bob").size() == 2;
            });
            assertEquals(2, node.depth(QueueNames.BOUNCED));
            assertEquals(1, node.items(QUEUE).size());
        }
    }
}
