package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.events.WebhookSignature;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe that posts events to a web server, as it is shipped. */
@Tag("server")
class WebhookRecipeTest {
    private static final String KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    Path folder;

    @Test
    void postsSignedEventsInOrderAndAgainUntilTheyAreTaken() throws Exception {
        RecipeHome.with(folder, "events-to-webhook");
        try (HttpSink sink = new HttpSink().answer(503, "").answer(500, "");
                TestServer node = new TestServer(folder)) {
            node.write("webhook.key", KEY + "\n")
                    .set("events.queues", "mail.events.webhook")
                    .set("webhook.url", sink.url())
                    .set("webhook.key-file", "webhook.key")
                    .start();
            String reply = SmtpTestClient.sendOne(
                    node.smtp(), "<alice@local.test>", "<bob@local.test>", "Subject: x\r\n\r\nhello\r\n");
            assertTrue(reply.startsWith("250"), reply);
            Await.until("both are taken", () -> sink.taken().size() == 4);
            List<HttpSink.Taken> taken = sink.taken();
            assertEquals(
                    List.of("accepted 503", "accepted 500", "accepted 200", "delivered 200"),
                    taken.stream().map(WebhookRecipeTest::words).toList());
            assertEquals(taken.get(0).header("webhook-id"), taken.get(2).header("webhook-id"));
            for (HttpSink.Taken event : taken) {
                assertSigned(event);
            }
            Await.until("the queue is empty", () -> node.depth("mail.events.webhook") == 0);
        }
    }

    @Test
    void setsAsideWhatTheServerRefusesAndPostsTheOthers() throws Exception {
        RecipeHome.with(folder, "events-to-webhook");
        try (HttpSink sink = new HttpSink().answer(410, "");
                TestServer node = new TestServer(folder)) {
            node.write("webhook.key", KEY + "\n")
                    .set("events.queues", "mail.events.webhook")
                    .set("webhook.url", sink.url() + "?sig=a%2Bb")
                    .set("webhook.key-file", "webhook.key")
                    .start();
            node.send("<alice@local.test>", "<bob@local.test>");
            Await.until("both are posted", () -> sink.taken().size() == 2);
            assertEquals(
                    List.of("accepted 410", "delivered 200"),
                    sink.taken().stream().map(WebhookRecipeTest::words).toList());
            Await.until("one is set aside", () -> node.hasQueue("mail.events.webhook.invalid"));
            try (JmsProbe talk = new JmsProbe()) {
                Message message = talk.browse("mail.events.webhook.invalid").get(0);
                assertEquals("HTTP 410", message.getStringProperty("reason"));
                assertEquals(sink.taken().get(0).body(), ((TextMessage) message).getText());
            }
            assertOnlyOurFields(sink.taken().get(0));
        }
    }

    /** Neither what the broker says of a message nor what a stranger wrote is for the web server. */
    private static void assertOnlyOurFields(HttpSink.Taken event) {
        List<String> fields = event.headers().keySet().stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .filter(name -> !List.of(
                                "accept-encoding",
                                "connection",
                                "content-length",
                                "content-type",
                                "host",
                                "user-agent",
                                "transfer-encoding",
                                "upgrade")
                        .contains(name))
                .sorted()
                .toList();
        assertEquals(List.of("webhook-id", "webhook-signature", "webhook-timestamp"), fields);
    }

    private static void assertSigned(HttpSink.Taken event) {
        assertEquals("POST", event.method());
        assertEquals("application/json", event.header("Content-Type"));
        Instant at = Instant.ofEpochSecond(Long.parseLong(event.header("webhook-timestamp")));
        assertEquals(
                WebhookSignature.fields(event.header("webhook-id"), at, event.body(), WebhookSignature.key(KEY))
                        .get("webhook-signature"),
                event.header("webhook-signature"));
    }

    private static String words(HttpSink.Taken taken) {
        try {
            JsonNode event = new ObjectMapper().readTree(taken.body());
            return event.get("event").asText() + " " + taken.answered();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new AssertionError(taken.body(), e);
        }
    }
}
