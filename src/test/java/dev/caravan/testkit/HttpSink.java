package dev.caravan.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP server on loopback that keeps what it gets and answers as a test says; without a word, 200. */
public final class HttpSink implements AutoCloseable {
    /**
     * A request.
     *
     * @param body its octets, one for each character.
     */
    public record Taken(com.sun.net.httpserver.Headers headers, String method, String body, int answered) {
        public String header(String name) {
            return String.valueOf(headers.getFirst(name));
        }
    }

    private record Answer(int code, String body) {}

    private final HttpServer server;
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final List<Taken> taken = new CopyOnWriteArrayList<>();

    public HttpSink() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.createContext("/", this::take);
        server.start();
    }

    /** The next request without an answer yet gets this. */
    public HttpSink answer(int code, String body) {
        answers.add(new Answer(code, body));
        return this;
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/in";
    }

    public List<Taken> taken() {
        return List.copyOf(taken);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
            Answer answer = answers.poll();
            Answer given = answer == null ? new Answer(200, "") : answer;
            taken.add(new Taken(exchange.getRequestHeaders(), exchange.getRequestMethod(), body, given.code));
            byte[] octets = given.body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("CamelHttpResponseCode", "200");
            exchange.sendResponseHeaders(given.code, octets.length == 0 ? -1 : octets.length);
            exchange.getResponseBody().write(octets);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
