package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.MailObject;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Routes of an operator take requests by Camel's {@code platform-http:} and {@code rest:} (docs/routes/http.md). */
@Tag("server")
class PlatformHttpTest {
    private static final String ROUTES = """
            - route:
                id: greet
                from:
                  uri: platform-http:/hello/{name}
                  parameters:
                    httpMethodRestrict: GET
                    headerFilterStrategy: "#class:dev.caravan.http.RequestFields('page, X-Color')"
                  steps:
                    - setHeader:
                        name: X-Greeted
                        simple: ${header.name}
                    - setBody:
                        simple: "${exchangeProperty.httpMethod} ${header.name} ${header.page} ${header.x-color} ${header.other} ${header.JMSReplyTo}"
            - route:
                id: echo
                from:
                  uri: platform-http:/echo
                  parameters:
                    httpMethodRestrict: POST,PUT
                    consumes: text/plain
                  steps:
                    - log:
                        message: "read ${bodyAs(String).length()} octets"
            - route:
                id: empty
                from:
                  uri: platform-http:/nothing
                  steps:
                    - setBody:
                        constant: ""
            - route:
                id: below
                from:
                  uri: platform-http:/files
                  parameters:
                    matchOnUriPrefix: true
                  steps:
                    - setBody:
                        simple: ${exchangeProperty.httpPath}
            - route:
                id: broken
                from:
                  uri: platform-http:/broken
                  steps:
                    - throwException:
                        exceptionType: java.lang.IllegalStateException
                        message: "secret"
            - route:
                id: split
                from:
                  uri: platform-http:/split
                  steps:
                    - setHeader:
                        name: X-Split
                        expression:
                          constant: "a\\r\\nSet-Cookie: b"
                    - setBody:
                        constant: x
            - route:
                id: submit-posted
                from:
                  uri: platform-http:/inbox
                  parameters:
                    httpMethodRestrict: POST
                  steps:
                    - bean:
                        ref: namedMail
                        method: submitTo('direct:submit', ${header.remoteAddress})
                    - setBody:
                        constant: stored
            - rest:
                path: /orders
                get:
                  - path: /{id}
                    produces: application/json
                    to: direct:order
                delete:
                  - path: /{id}
                    to: direct:drop
            - route:
                id: order
                from:
                  uri: direct:order
                  steps:
                    - setBody:
                        simple: '{"order":"${header.id}"}'
            - route:
                id: drop
                from:
                  uri: direct:drop
                  steps:
                    - setBody:
                        constant: null
                    - setHeader:
                        name: CamelHttpResponseCode
                        constant: 410
            """;
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    static Path folder;

    private static OwnRoutes routes;
    private static TestServer node;

    @BeforeAll
    static void start() throws Exception {
        routes = new OwnRoutes(folder).write("own", ROUTES).write("changing", changing("before"));
        node = new TestServer(folder)
                .set("delivery.paused", "true")
                .set("http.listen", "127.0.0.1:0")
                .set("content.max-size", "300KiB")
                .set("http.networks", "192.0.2.0/24")
                .set("http.tokens", "tokens")
                .write("tokens", "0123456789abcdef\n")
                .start();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static HttpRequest.Builder stranger(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + node.node().http().orElseThrow() + path));
    }

    private static HttpRequest.Builder to(String path) {
        return stranger(path).header("Authorization", "Bearer 0123456789abcdef");
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void answersWithTheMessageOfTheRoute() throws Exception {
        HttpResponse<String> answer = send(to("/hello/ann?page=2&other=3&JMSReplyTo=x")
                .header("X-Color", "red")
                .header("Other", "4"));
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("GET ann 2 red  ", answer.body());
        assertEquals(Optional.of("ann"), answer.headers().firstValue("X-Greeted"));
        assertEquals(Optional.of("text/plain; charset=utf-8"), answer.headers().firstValue("Content-Type"));
        for (String field : List.of("page", "X-Color", "name", "remoteAddress", "Authorization")) {
            assertEquals(Optional.empty(), answer.headers().firstValue(field), field);
        }
    }

    @Test
    void readsTheBodyFromMemoryAndFromDisk() throws Exception {
        for (int octets : List.of(10, 200_000)) {
            HttpResponse<String> answer = send(to("/echo")
                    .header("Content-Type", "text/plain")
                    .method("PUT", BodyPublishers.ofString("x".repeat(octets))));
            assertEquals(200, answer.statusCode(), answer.body());
            assertEquals("x".repeat(octets), answer.body());
        }
        assertEquals(
                413,
                send(to("/echo").POST(BodyPublishers.ofString("x".repeat(20_000_000))))
                        .statusCode());
    }

    @Test
    void refusesWhatTheEndpointDoesNotTake() throws Exception {
        HttpResponse<String> method = send(to("/echo"));
        assertEquals(405, method.statusCode());
        assertEquals(Optional.of("POST, PUT"), method.headers().firstValue("Allow"));
        HttpResponse<String> type =
                send(to("/echo").header("Content-Type", "text/html").POST(BodyPublishers.ofString("x")));
        assertEquals(415, type.statusCode());
        assertEquals(404, send(to("/hello/ann/more")).statusCode());
        HttpResponse<String> control = send(to("/hello/a%0d%0ab"));
        assertEquals(400, control.statusCode(), control.body());
        assertTrue(control.body().contains("name has control characters"), control.body());
    }

    @Test
    void answersClientsThatMaySubmitOnly() throws Exception {
        assertEquals(401, send(stranger("/hello/ann")).statusCode());
        assertEquals(401, send(stranger("/orders/7")).statusCode());
        assertEquals(
                403, send(to("/hello/ann").header("Origin", "http://evil.test")).statusCode());
        assertEquals(200, send(stranger("/health/live")).statusCode());
    }

    @Test
    void answersWithoutABodyAndBelowAPrefix() throws Exception {
        HttpResponse<String> empty = send(to("/nothing"));
        assertEquals(204, empty.statusCode(), empty.body());
        assertEquals("/files/a/b", send(to("/files/a/b")).body());
        assertEquals("/files", send(to("/files")).body());
    }

    @Test
    void doesNotShowFailures() throws Exception {
        for (String path : List.of("/broken", "/split")) {
            HttpResponse<String> answer = send(to(path));
            assertEquals(503, answer.statusCode(), path);
            assertEquals("{\"error\":\"trouble on our side, try again later\"}\n", answer.body());
            assertEquals(Optional.empty(), answer.headers().firstValue("Set-Cookie"));
        }
    }

    @Test
    void servesRestRoutes() throws Exception {
        HttpResponse<String> order = send(to("/orders/7"));
        assertEquals(200, order.statusCode(), order.body());
        assertEquals("{\"order\":\"7\"}", order.body());
        assertEquals(Optional.of("application/json"), order.headers().firstValue("Content-Type"));
        assertEquals(410, send(to("/orders/7").DELETE()).statusCode());
        HttpResponse<String> method = send(to("/orders/7").POST(BodyPublishers.ofString("x")));
        assertEquals(405, method.statusCode());
        assertEquals(Optional.of("DELETE, GET"), method.headers().firstValue("Allow"));
    }

    private static String changing(String answer) {
        return "- route:\n    id: changing\n    from:\n      uri: platform-http:/changing\n      steps:\n"
                + "        - setBody:\n            constant: " + answer + "\n";
    }

    @Test
    void answersByARouteThatIsReloaded() throws Exception {
        assertEquals("before", send(to("/changing")).body());
        routes.write("changing", changing("after"));
        assertEquals(List.of(), ReloadTest.reload(node));
        assertEquals("after", send(to("/changing")).body());
        assertEquals("{\"order\":\"7\"}", send(to("/orders/7")).body());
    }

    @Test
    void submitsAMessage() throws Exception {
        HttpResponse<String> answer = send(
                to("/inbox").POST(BodyPublishers.ofString("From: a@far.test\r\nTo: ann@local.test\r\n\r\nhello\r\n")));
        assertEquals("stored", answer.body());
        assertEquals(200, answer.statusCode());
        MailObject mail = node.items("mail.deliver.local").get(0).mail();
        assertEquals("a@far.test", mail.envelope().reversePath().address());
    }

    @Test
    void refusesOptionsThatTheListenerDoesNotHave(@TempDir Path other) throws Exception {
        node.stop();
        try {
            for (String option : List.of("useStreaming", "useCookieHandler")) {
                assertRefused(other.resolve(option), option);
            }
        } finally {
            node.start();
        }
    }

    private static void assertRefused(Path other, String option) throws Exception {
        OwnRoutes routes = new OwnRoutes(other);
        routes.write(
                "own",
                "- route:\n    id: own\n    from:\n      uri: platform-http:/own?" + option
                        + "=true\n      steps:\n        - stop: {}\n");
        try (TestServer server = new TestServer(other).set("http.listen", "127.0.0.1:0")) {
            Throwable cause = assertThrows(Exception.class, server::start);
            StringBuilder words = new StringBuilder();
            while (cause != null) {
                words.append(cause.getMessage()).append('\n');
                cause = cause.getCause();
            }
            assertTrue(words.toString().contains("this server has no " + option), words.toString());
        }
    }
}
