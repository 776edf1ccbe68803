package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** A scraper asks a server through which mail goes. */
@RunningServer(
        settings = "http.listen=127.0.0.1:0",
        peerOffers = {},
        started = false)
class MetricsTest {
    private final MovingClock clock = MovingClock.now();
    private FakeMailServer peer;
    private TestServer node;

    private void awaitValue(String series, double value) {
        Await.until(series + " " + value, () -> Scrape.of(node).has(series, value));
    }

    @Test
    void countsMailThatIsAcceptedAndDelivered() throws Exception {
        node.start();
        assertTrue(Scrape.of(node).has("caravan_mails_accepted_total{source=\"smtp\"}", 0));
        node.send("<bob@local.test>", "<alice@local.test>");
        node.send("<bob@local.test>", "<carol@far.test>");
        node.mailbox("alice", 1);
        awaitValue("caravan_recipients_delivered_total{transport=\"local\"}", 1);
        awaitValue("caravan_recipients_relayed_total{transport=\"smtp\"}", 1);
        awaitValue("caravan_time_in_queue_seconds_count{transport=\"smtp\"}", 1);
        awaitValue("caravan_delivery_attempts_total{result=\"delivered\",transport=\"smtp\"}", 1);
        Scrape scrape = Scrape.of(node);
        assertTrue(scrape.has("caravan_mails_accepted_total{source=\"smtp\"}", 2), scrape.text());
        assertTrue(scrape.has("caravan_recipients_accepted_total{transport=\"local\"}", 1), scrape.text());
        assertTrue(scrape.has("caravan_smtp_connections_total", 2), scrape.text());
        assertTrue(scrape.has("caravan_broker_up", 1), scrape.text());
        assertTrue(scrape.has("caravan_storage_full", 0), scrape.text());
        assertTrue(scrape.text().contains("jvm_memory_used_bytes{area=\"heap\"}"), scrape.text());
        assertTrue(scrape.text().contains("caravan_build_info{version="), scrape.text());
    }

    @Test
    void countsWhatIsRefusedByReason() throws Exception {
        node.set("mail.relay-networks", "192.0.2.0/24").start();
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<a@far.test>");
            assertTrue(talk.say("RCPT TO:<nobody@local.test>").startsWith("550 5.1.1"));
            assertTrue(talk.say("RCPT TO:<a@elsewhere.test>").startsWith("550 5.7.1"));
            assertTrue(talk.say("NONSENSE \"evil\\n{}=").startsWith("500"));
        }
        awaitValue("caravan_refusals_total{kind=\"permanent\",reason=\"relay-denied\"}", 1);
        Scrape scrape = Scrape.of(node);
        assertTrue(scrape.has("caravan_refusals_total{kind=\"permanent\",reason=\"unknown-user\"}", 1), scrape.text());
        assertTrue(scrape.has("caravan_refusals_total{kind=\"permanent\",reason=\"command\"}", 1), scrape.text());
        assertFalse(scrape.text().contains("NONSENSE"), scrape.text());
    }

    @Test
    void tellsDepthAndOldestAgeOfEveryQueue() throws Exception {
        peer.reply("RCPT", "451 4.2.0 later");
        node.start();
        node.send("<bob@local.test>", "<carol@far.test>");
        awaitValue("caravan_queue_depth{queue=\"mail.retry.15m\"}", 1);
        assertTrue(Scrape.of(node).has("caravan_recipients_deferred_total{transport=\"smtp\"}", 1));
        clock.advance(Duration.ofMinutes(10));
        node.send("<bob@local.test>", "<dave@far.test>");
        awaitValue("caravan_queue_depth{queue=\"mail.retry.15m\"}", 2);
        Scrape scrape = Scrape.of(node);
        assertTrue(scrape.has("caravan_queue_oldest_age_seconds{queue=\"mail.retry.15m\"}", 600), scrape.text());
        assertTrue(scrape.has("caravan_queue_oldest_age_seconds{queue=\"mail.deliver.smtp\"}", 0), scrape.text());
        assertEquals(2, node.items("mail.retry.15m").size());
    }

    @Test
    void countsEachRecipientThatIsGivenUpOnce() throws Exception {
        peer.reply("RCPT", "550 5.1.1 nobody");
        node.start();
        node.send("<bob@local.test>", "<carol@far.test>");
        node.mailbox("bob", 1);
        awaitValue("caravan_recipients_bounced_total{transport=\"smtp\"}", 1);
        awaitValue("caravan_delivery_attempts_total{result=\"failed\",transport=\"smtp\"}", 1);
        awaitValue("caravan_mails_accepted_total{source=\"dsn\"}", 1);
    }

    @Test
    void everyQueueIsAQueueInJmxWithItsSize() throws Exception {
        node.set("delivery.paused", "true").start();
        node.send("<bob@local.test>", "<alice@local.test>");
        node.send("<bob@local.test>", "<bob@local.test>");
        node.send("<bob@local.test>", "<carol@far.test>");
        MBeanServer beans = node.node()
                .broker()
                .orElseThrow()
                .service()
                .getManagementContext()
                .getMBeanServer();
        String prefix = "org.apache.activemq:type=Broker,brokerName=caravan,destinationType=Queue,destinationName=";
        assertEquals(2L, beans.getAttribute(new ObjectName(prefix + "mail.deliver.local"), "QueueSize"));
        assertEquals(1L, beans.getAttribute(new ObjectName(prefix + "mail.deliver.smtp"), "QueueSize"));
        Set<String> inJmx = beans.queryNames(new ObjectName(prefix + "*"), null).stream()
                .map(name -> name.getKeyProperty("destinationName"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> inMetrics = Scrape.of(node)
                .text()
                .lines()
                .filter(line -> line.startsWith("caravan_queue_depth{"))
                .map(line -> line.replaceAll(".*queue=\"([^\"]*)\".*", "$1"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(inJmx, inMetrics);
    }

    @Test
    void tellsMetricsToWhoHasATokenOrIsNear() throws Exception {
        node.set("http.networks", "192.0.2.0/24").set("http.tokens", "tokens");
        node.write("tokens", "0123456789abcdef\n").start();
        HttpResponse<String> stranger = Scrape.get(node, "/metrics");
        assertEquals(401, stranger.statusCode(), stranger.body());
        HttpResponse<String> known = Scrape.get(node, "/metrics", "Authorization", "Bearer 0123456789abcdef");
        assertEquals(200, known.statusCode(), known.body());
        assertEquals(200, Scrape.get(node, "/health/live").statusCode());
    }

    @Test
    void speaksOpenMetricsToWhoAsksForIt() throws Exception {
        node.start();
        HttpResponse<String> reply =
                Scrape.get(node, "/metrics", "Accept", "application/openmetrics-text;version=1.0.0");
        assertTrue(reply.headers().firstValue("Content-Type").orElseThrow().startsWith("application/openmetrics-text"));
        assertTrue(reply.body().endsWith("# EOF\n"), reply.body());
    }
}
