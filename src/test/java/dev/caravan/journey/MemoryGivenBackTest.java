package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However a message ends, what it held of the memory is free again: otherwise the next ones would go to the spool. */
@Tag("server")
class MemoryGivenBackTest {
    private static final String CONTENT = "Subject: x\r\n\r\n" + ("x".repeat(76) + "\r\n").repeat(250);
    private static final String LOOP = "Received: x\r\n".repeat(31) + CONTENT;
    private static final int TIMES = 8;

    @Test
    void afterEveryEndOfAMessage(@TempDir Path home) throws Exception {
        try (TestServer node = new TestServer(home)
                .set("delivery.paused", "true")
                .set("http.listen", "127.0.0.1:0")
                .set("content.inline-limit", "30KiB")
                .set("content.memory-budget", "64KiB")
                .start()) {
            for (int i = 0; i < TIMES; i++) {
                assertTrue(node.trySend("<bob@local.test>", List.of("<alice@local.test>"), CONTENT)
                        .startsWith("250"));
                assertTrue(
                        node.trySend("<bob@local.test>", List.of("<alice@local.test>"), LOOP)
                                .startsWith("554"),
                        "a loop");
                assertTrue(
                        node.trySend("<bob@local.test>", List.of("<alice@local.test>"), CONTENT + "bare\nline\r\n")
                                .startsWith("5"),
                        "a bare line feed");
                leaveWithinContent(node);
                assertEquals(202, post(node, CONTENT, "message/rfc822"));
                assertEquals(422, post(node, LOOP, "message/rfc822"));
                assertEquals(413, post(node, CONTENT + "x".repeat(1 << 21), "message/rfc822"));
                assertEquals(202, post(node, json(CONTENT), "application/json"));
                assertEquals(400, post(node, json(CONTENT) + "x", "application/json"));
            }
            // What was left in the middle is known to be gone when nothing is in the spool.
            Await.until("no content is being received", () -> spool(node).isEmpty());
            assertEquals(3 * TIMES, node.depth("mail.deliver.local"));
        }
    }

    private static List<String> spool(TestServer node) {
        try {
            return node.spool();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void leaveWithinContent(TestServer node) throws IOException {
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<bob@local.test>");
            talk.say("RCPT TO:<alice@local.test>");
            talk.say("DATA");
            talk.raw(CONTENT);
        }
    }

    private static String json(String text) {
        return "{\"from\":\"a@far.test\",\"to\":\"alice@local.test\",\"text\":\"" + text.replace("\r\n", "\\r\\n")
                + "\"}";
    }

    private static int post(TestServer node, String body, String type) throws Exception {
        String query = type.endsWith("json") ? "" : "?to=alice@local.test&from=a@far.test";
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + node.node().http().orElseThrow() + "/mail" + query))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
    }
}
