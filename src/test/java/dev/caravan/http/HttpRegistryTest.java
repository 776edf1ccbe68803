package dev.caravan.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HttpRegistryTest {
    /** A client has the role that its field {@code Role} names. */
    private static final Authenticator BY_FIELD = new Authenticator() {
        @Override
        public Set<HttpRole> roles(HttpRequest request) {
            return request.header("Role").map(HttpRole::valueOf).map(Set::of).orElse(Set.of());
        }

        @Override
        public HttpResponse refusal(HttpRequest request) {
            return HttpResponse.refusal(401, "no role");
        }
    };

    private final HttpRegistry registry = new HttpRegistry(BY_FIELD);

    private static HttpHandler says(String text) {
        return request -> new HttpResponse(
                200,
                "text/plain",
                (text + request.variables()).getBytes(StandardCharsets.UTF_8),
                Map.of("Method", request.method()));
    }

    private void add(String method, String path, String text) {
        registry.add(HttpResource.of(method, path, HttpRole.PUBLIC, says(text)));
    }

    private HttpResponse ask(String method, String path, Map<String, String> fields) throws Exception {
        HttpRegistry.Candidates found = registry.find(path);
        return found.isEmpty()
                ? found.notFound()
                : found.answer(
                        method,
                        (handled, variables) -> new HttpRequest(
                                handled,
                                path,
                                variables,
                                Map.of(),
                                InetAddress.getLoopbackAddress(),
                                fields,
                                InputStream.nullInputStream()));
    }

    private String text(String method, String path) throws Exception {
        HttpResponse response = ask(method, path, Map.of());
        assertEquals(200, response.status(), path);
        return new String(response.octets(), StandardCharsets.UTF_8);
    }

    @Test
    void answersByPathAndMethod() throws Exception {
        add("GET", "mail", "read");
        add("POST", "/mail", "written");
        assertEquals("read{}", text("GET", "/mail"));
        assertEquals("written{}", text("POST", "/mail"));
        assertEquals(404, ask("GET", "/mail/", Map.of()).status());
        assertEquals(404, ask("GET", "/Mail", Map.of()).status());
        HttpResponse refused = ask("PUT", "/mail", Map.of());
        assertEquals(405, refused.status());
        assertEquals("GET, POST", refused.fields().get("Allow"));
    }

    @Test
    void answersHeadLikeGetUnlessItIsKnown() throws Exception {
        add("GET", "/a", "get");
        assertEquals("GET", ask("HEAD", "/a", Map.of()).fields().get("Method"));
        add("HEAD", "/a", "head");
        assertEquals("HEAD", ask("HEAD", "/a", Map.of()).fields().get("Method"));
        add("POST", "/b", "post");
        assertEquals(405, ask("HEAD", "/b", Map.of()).status());
    }

    @Test
    void prefersTheMoreSpecificPath() throws Exception {
        registry.add(new HttpResource(
                new HttpPath("/queues", true), Set.of("GET", "POST"), HttpRole.PUBLIC, false, says("prefix")));
        add("GET", "/queues/{name}", "one");
        add("GET", "/queues/all", "all");
        assertEquals("all{}", text("GET", "/queues/all"));
        assertEquals("one{name=hold}", text("GET", "/queues/hold"));
        assertEquals("prefix{}", text("GET", "/queues"));
        assertEquals("prefix{}", text("GET", "/queues/hold/1"));
        assertEquals("prefix{}", text("POST", "/queues/hold"));
        assertEquals("prefix{}", text("GET", "/queues/"));
        assertEquals(404, ask("GET", "/queuesAll", Map.of()).status());
    }

    @Test
    void letsARouteTakeOverFromItsPredecessor() throws Exception {
        HttpResource before = HttpResource.of("GET", "/a", HttpRole.PUBLIC, says("before"));
        HttpResource after = HttpResource.of("GET", "/a", HttpRole.PUBLIC, says("after"));
        registry.add(before);
        registry.add(after);
        assertEquals("after{}", text("GET", "/a"));
        registry.remove(before);
        assertEquals("after{}", text("GET", "/a"));
        registry.remove(after);
        assertTrue(registry.find("/a").isEmpty());
    }

    @Test
    void keepsThePagesOfTheServer() throws Exception {
        registry.add(HttpResource.own("/health", HttpRole.PUBLIC, says("health")));
        assertThrows(IllegalArgumentException.class, () -> add("GET", "health", "mine"));
        registry.add(
                new HttpResource(new HttpPath("/", true), Set.of("GET", "POST"), HttpRole.PUBLIC, false, says("all")));
        assertTrue(registry.find("/health").isOwn());
        assertEquals("health{}", text("GET", "/health"));
        assertEquals(405, ask("POST", "/health", Map.of()).status());
        assertFalse(registry.find("/other").isOwn());
        assertEquals("all{}", text("GET", "/other"));
    }

    @Test
    void asksForTheRoleOfTheResource() throws Exception {
        registry.add(HttpResource.of("GET", "/metrics", HttpRole.MONITOR, says("figures")));
        assertEquals(401, ask("GET", "/metrics", Map.of()).status());
        assertEquals(401, ask("GET", "/metrics", Map.of("Role", "SUBMIT")).status());
        assertEquals(200, ask("GET", "/metrics", Map.of("Role", "MONITOR")).status());
        assertEquals(405, ask("POST", "/metrics", Map.of()).status());
    }

    @Test
    void tellsTheClientOfAMalformedRequest() throws Exception {
        registry.add(HttpResource.of("GET", "/a", HttpRole.PUBLIC, request -> {
            throw new IllegalArgumentException("limit (expected: a number)");
        }));
        HttpResponse refused = ask("GET", "/a", Map.of());
        assertEquals(400, refused.status());
        assertEquals(
                "{\"error\":\"limit (expected: a number)\"}\n", new String(refused.octets(), StandardCharsets.UTF_8));
    }

    @Test
    void refusesABraceWithinASegment() {
        for (String path : List.of("/a{b}", "/{a}{b}", "/{}", "/{a}.json")) {
            assertThrows(IllegalArgumentException.class, () -> HttpPath.of(path), path);
        }
    }
}
