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

/** On one connection for all, no two deliveries would be written down at the same time. */
@Tag("server")
class ConnectionPerConsumerTest {
    @TempDir
    Path folder;

    @Test
    void showsAnOperatorOneConnectionForEachDelivery() throws Exception {
        try (TestServer node =
                new TestServer(folder).set("delivery.max-in-hand", "4").start()) {
            Destination queue =
                    node.node().broker().orElseThrow().service().getDestination(new ActiveMQQueue("mail.deliver.smtp"));
            Await.until(
                    "four take from mail.deliver.smtp",
                    () -> queue.getConsumers().size() == 4);
            Set<ConnectionId> connections = queue.getConsumers().stream()
                    .map(consumer -> consumer.getContext().getConnectionId())
                    .collect(Collectors.toSet());
            assertEquals(4, connections.size(), "connections of four consumers");
        }
    }
}
