package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.MailObject;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An HTTP client that knows nothing of us but docs/sources.md posts mail. */
@RunningServer
class HttpSourceTest {
    private static final String LOCAL = "mail.deliver.local";
    private static final String MAIL = "From: a@far.test\r\nTo: alice@local.test\r\nSubject: posted\r\n\r\nhello\r\n";
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static TestServer node;

    @BeforeStart
    static void prepare() {
        configure(node);
    }

    private static TestServer configure(TestServer server) {
        return server.set("delivery.paused", "true")
                .set("http.listen", "127.0.0.1:0")
                .set("content.max-size", "100KiB")
                .set("content.inline-limit", "2KiB")
                .set("content.max-json", "10KiB");
    }

    private static HttpRequest.Builder to(TestServer server, String path) {
        return HttpRequest.newBuilder(
                URI.create("http://" + server.node().http().orElseThrow() + path));
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String query, String type, BodyPublisher body) throws Exception {
        return send(to(node, "/mail" + query)
                .header("Content-Type", type)
                .POST(body)
                .build());
    }

    private static HttpResponse<String> post(String query, String mail) throws Exception {
        return post(query, "message/rfc822", BodyPublishers.ofString(mail));
    }

    private static long stored() {
        return node.hasQueue(LOCAL) ? node.depth(LOCAL) : 0;
    }

    private static MailObject taken() throws Exception {
        assertEquals(1, stored());
        return node.items(LOCAL).get(0).mail();
    }

    @Test
    void takesAWholeMailWithTheEnvelopeOfItsHeader() throws Exception {
        HttpResponse<String> answer = post("", MAIL);
        assertEquals(202, answer.statusCode(), answer.body());
        MailObject mail = taken();
        assertEquals("{\"id\":\"" + mail.id() + "\",\"messageId\":\"<" + mail.id() + "@mx.test>\"}\n", answer.body());
        assertEquals("a@far.test", mail.envelope().reversePath().address());
        assertEquals("HTTP", mail.arrival().protocol());
        assertEquals("127.0.0.1", mail.arrival().remote().orElseThrow().getHostAddress());
    }

    @Test
    void refusesABodyThatIsCompressed() throws Exception {
        for (String type : List.of("message/rfc822", "application/json")) {
            HttpResponse<String> answer = send(to(node, "/mail?from=a@far.test&to=alice@local.test")
                    .header("Content-Type", type)
                    .header("Content-Encoding", "gzip")
                    .POST(BodyPublishers.ofByteArray(new byte[] {0x1f, (byte) 0x8b, 8}))
                    .build());
            assertEquals(415, answer.statusCode(), answer.body());
            assertEquals(Optional.of("identity"), answer.headers().firstValue("Accept-Encoding"));
        }
        HttpResponse<String> plain = send(to(node, "/mail")
                .header("Content-Type", "message/rfc822")
                .header("Content-Encoding", "identity")
                .POST(BodyPublishers.ofString(MAIL))
                .build());
        assertEquals(202, plain.statusCode(), plain.body());
    }

    @Test
    void takesTheEnvelopeOfTheQuery() throws Exception {
        HttpResponse<String> answer = post(
                "?from=%3C%3E&to=bob%40local.test&to=carol%40local.test&envid=order%201&notify=never&ret=hdrs", MAIL);
        assertEquals(202, answer.statusCode(), answer.body());
        MailObject mail = taken();
        assertTrue(mail.envelope().reversePath().isNull());
        assertEquals(
                List.of("bob@local.test", "carol@local.test"),
                mail.envelope().recipients().stream()
                        .map(r -> r.path().address())
                        .toList());
        assertEquals(Optional.of("order 1"), mail.envelope().parameters().envelopeId());
    }

    @Test
    void takesJson() throws Exception {
        String json = "{\"from\":\"a@far.test\",\"to\":[\"alice@local.test\"],\"subject\":\"grün\",\"text\":\"x\"}";
        HttpResponse<String> answer = post("", "application/json; charset=utf-8", BodyPublishers.ofString(json));
        assertEquals(202, answer.statusCode(), answer.body());
        try (var in = taken().content().open()) {
            String content = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(content.contains("Subject: =?UTF-8?Q?gr=C3=BCn?=\r\n"), content);
        }
    }

    @Test
    void takesLargeMailThroughTheSpool() throws Exception {
        String mail = MAIL + "0123456789\r\n".repeat(5000);
        // Without a length: the client sends chunks.
        HttpResponse<String> answer = post(
                "",
                "message/rfc822",
                BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(mail.getBytes(StandardCharsets.US_ASCII))));
        assertEquals(202, answer.statusCode(), answer.body());
        assertEquals(List.of(node.items(LOCAL).get(0).id().toString()), node.spool());
        try (var in = taken().content().open()) {
            assertTrue(new String(in.readAllBytes(), StandardCharsets.US_ASCII).endsWith("0123456789\r\n"));
        }
        node.clear(LOCAL);
        Files.delete(node.folder().resolve("data/spool").resolve(node.spool().get(0)));
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        assertRefused(400, "not JSON at line 1", post("", "application/json", BodyPublishers.ofString("{")));
        assertRefused(400, "unknown parameter rcpt", post("?rcpt=x", MAIL));
        assertRefused(415, "Content-Type text/plain", post("", "text/plain", BodyPublishers.ofString("x")));
        assertRefused(422, "no sender", post("", "To: alice@local.test\r\n\r\n"));
        assertRefused(422, "554 5.4.6 mail loop", post("", "Received: x\r\n".repeat(31) + MAIL + "x".repeat(3000)));
        assertRefused(413, "102401 octets", post("", "x".repeat(102_401)));
        assertRefused(
                413,
                "a mail of more than 102400",
                post(
                        "",
                        "message/rfc822",
                        BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[102_500]))));
        assertRefused(413, "JSON of more", post("", "application/json", BodyPublishers.ofString(" ".repeat(10_241))));
        assertRefused(404, "nothing is here", send(to(node, "/mails").build()));
        HttpResponse<String> wrongMethod = send(to(node, "/mail").build());
        assertRefused(405, "expected: POST", wrongMethod);
        assertEquals("POST", wrongMethod.headers().firstValue("Allow").orElseThrow());
        assertEquals(0, stored());
        assertEquals(List.of(), node.spool());
    }

    private static void assertRefused(int status, String reason, HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), answer.body());
        assertTrue(answer.body().startsWith("{\"error\":\"" + reason), answer.body());
    }

    private static HttpResponse<String> postOnce(TestServer server, String key, String mail) throws Exception {
        return send(to(server, "/mail")
                .header("Content-Type", "message/rfc822")
                .header("Idempotency-Key", key)
                .POST(BodyPublishers.ofString(mail))
                .build());
    }

    @Test
    void sendsOnceWhatIsPostedTwiceUnderOneKey() throws Exception {
        HttpResponse<String> first = postOnce(node, "order-1", MAIL);
        HttpResponse<String> second = postOnce(node, "order-1", MAIL);
        assertEquals(202, first.statusCode(), first.body());
        assertEquals(202, second.statusCode(), second.body());
        assertEquals(first.body(), second.body());
        assertEquals(1, stored());
        assertRefused(422, "another mail came", postOnce(node, "order-1", MAIL + "more\r\n"));
        assertEquals(202, postOnce(node, "order-2", MAIL).statusCode());
        assertEquals(2, stored());
        assertRefused(400, "Idempotency-Key (expected", postOnce(node, "x".repeat(256), MAIL));
    }

    @Test
    void knowsAKeyAfterARestart(@TempDir Path other) throws Exception {
        String first;
        try (TestServer before = configure(new TestServer(other))) {
            node.stop();
            before.start();
            first = postOnce(before, "order-1", MAIL).body();
            before.stop();
            before.start();
            assertEquals(first, postOnce(before, "order-1", MAIL).body());
            assertEquals(1, before.depth(LOCAL));
            assertEquals(1, before.depth("mail.submitted"));
        } finally {
            node.start();
        }
    }

    @Test
    void takesNothingFromStrangersAndWebPages(@TempDir Path other) throws Exception {
        node.stop();
        try (TestServer strict = configure(new TestServer(other))
                .set("http.networks", "192.0.2.0/24")
                .set("http.tokens", "tokens")
                .write("tokens", "# robots\n0123456789abcdef\nshort\n")
                .start()) {
            HttpRequest.Builder mail =
                    to(strict, "/mail").header("Content-Type", "message/rfc822").POST(BodyPublishers.ofString(MAIL));
            HttpResponse<String> unknown = send(mail.copy().build());
            assertRefused(401, "who are you?", unknown);
            assertEquals(
                    "Bearer", unknown.headers().firstValue("WWW-Authenticate").orElseThrow());
            assertRefused(
                    401,
                    "who",
                    send(mail.copy().header("Authorization", "Bearer short").build()));
            HttpRequest.Builder known = mail.copy().header("Authorization", "Bearer 0123456789abcdef");
            assertRefused(
                    403,
                    "a web page",
                    send(known.copy().header("Origin", "http://evil.test").build()));
            assertEquals(202, send(known.build()).statusCode());
        } finally {
            node.start();
        }
    }

    @Test
    void asksToComeAgainWhileThereIsNoRoom(@TempDir Path other) throws Exception {
        node.stop();
        try (TestServer full = configure(new TestServer(other)).start()) {
            Files.delete(other.resolve("data/spool"));
            HttpResponse<String> answer = send(to(full, "/mail")
                    .header("Content-Type", "message/rfc822")
                    .POST(BodyPublishers.ofString(MAIL + "x".repeat(5000)))
                    .build());
            assertRefused(503, "trouble on our side", answer);
            assertEquals("60", answer.headers().firstValue("Retry-After").orElseThrow());
        } finally {
            node.start();
        }
    }
}
