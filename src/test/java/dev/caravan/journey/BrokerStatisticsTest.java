package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose broker is elsewhere tells of its queues, too. */
@Tag("server")
class BrokerStatisticsTest {
    @TempDir
    Path folder;

    @Test
    void tellsOfTheQueuesOfASeparateBroker() throws Exception {
        try (TestServer broker = new TestServer(folder.resolve("broker"))
                .set("delivery.paused", "true")
                .set("broker.listen", "tcp://127.0.0.1:0")
                .start()) {
            String address = broker.node().broker().orElseThrow().addresses().get(0);
            try (TestServer node = new TestServer(folder.resolve("node"))
                    .set("delivery.paused", "true")
                    .set("http.listen", "127.0.0.1:0")
                    .set("broker.url", "failover:(" + address + ")?timeout=5000")
                    .start()) {
                String reply = SmtpTestClient.sendOne(
                        node.smtp(), "<a@far.test>", "<alice@local.test>", "Subject: x\r\n\r\nhello\r\n");
                assertTrue(reply.startsWith("250 "), reply);
                Await.until(
                        "the depth is told",
                        () -> Scrape.of(node).has("caravan_queue_depth{queue=\"mail.deliver.local\"}", 1));
                Await.until(
                        "time passes for the mail",
                        () -> Scrape.of(node)
                                        .value("caravan_queue_oldest_age_seconds{queue=\"mail.deliver.local\"}")
                                        .orElse(0)
                                > 0);
                assertTrue(Scrape.of(node).has("caravan_broker_up", 1));
                assertTrue(Scrape.of(node).value("caravan_store_used_percent").isEmpty());
            }
        }
    }
}
