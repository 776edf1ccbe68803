package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.outcome.WebhookSignature;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe that posts events to a web server, as it is shipped. */
class WebhookRecipeTest {
    private static final String KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    Path folder;

    @Test
    void postsSignedEventsInOrderAndAgainUntilTheyAreTaken() throws Exception {
        RecipeHome.with(folder, "events-to-webhook");
        try (HttpSink sink = new HttpSink().answer(503, "").answer(500, "");
                TestNode node = new TestNode(folder)) {
            node.write("webhook.key", KEY + "\n")
                    .set("events.queues", "mail.events.webhook")
                    .set("webhook.url", sink.url())
                    .set("webhook.key-file", "webhook.key")
                    .start();
            String reply = SmtpTalk.sendOne(
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
