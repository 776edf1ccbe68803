package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ConnectionId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On one connection for all, no two messages of a route from {@code mailqueue:} would be settled at the same time. */
@Tag("server")
class ConnectionPerConsumerTest {
    @TempDir
    Path folder;

    @Test
    void showsAnOperatorOneConnectionForEachConsumer() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            Destination queue =
                    node.node().broker().orElseThrow().service().getDestination(new ActiveMQQueue("mail.dead"));
            Await.until("two take from mail.dead", () -> queue.getConsumers().size() == 2);
            Set<ConnectionId> connections = queue.getConsumers().stream()
                    .map(consumer -> consumer.getContext().getConnectionId())
                    .collect(Collectors.toSet());
            assertEquals(2, connections.size(), "connections of two consumers");
        }
    }
}
