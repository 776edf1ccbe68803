package dev.caravan.camel;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a node, the one that comes with Java. All routes that begin at {@code web:PATH} share its port. A
 * request has a thread until it is answered, so that few slow clients keep others waiting: for a trusted network.
 */
final class WebServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final int THREADS = 32;
    private static final int BACKLOG = 256;
    /** Within that time a client has sent its request, and read the reply. */
    private static final String MAX_SECONDS = "600";

    static {
        // Read once, when the first server is made; there is no other way to say so.
        System.setProperty("sun.net.httpserver.maxReqTime", MAX_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", MAX_SECONDS);
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** Answers the requests for one path. */
    interface Page {
        /** The method that it answers. */
        String method();

        WebReply reply(WebRequest request) throws Exception;
    }

    private final Map<String, Page> pages = new ConcurrentHashMap<>();
    private final AtomicInteger inHand = new AtomicInteger();
    private final ExecutorService threads;
    private final Stopping stopping;
    private Optional<HttpServer> server = Optional.empty();

    WebServer(Stopping stopping) {
        this(stopping, "http", THREADS);
    }

    /** @param name of its threads. */
    WebServer(Stopping stopping, String name, int most) {
        this.stopping = stopping;
        this.threads = Threads.pool(name, most);
    }

    /**
     * Takes the port; clients wait until {@link #serve}.
     *
     * @return the address, with the port if any was asked for.
     * @throws IOException if the port cannot be had.
     */
    Address bind(Address address) throws IOException {
        HttpServer made = HttpServer.create(address.socketAddress(), BACKLOG);
        made.setExecutor(threads);
        made.createContext("/", this::answer);
        server = Optional.of(made);
        InetSocketAddress bound = made.getAddress();
        return new Address(address.host(), bound.getPort());
    }

    void serve() {
        server.ifPresent(HttpServer::start);
    }

    /** Adds what answers a path, or replaces it. */
    void add(String path, Page page) {
        pages.put(path, page);
    }

    void remove(String path, Page page) {
        pages.remove(path, page);
    }

    private void answer(HttpExchange exchange) throws IOException {
        inHand.incrementAndGet();
        try (exchange) {
            write(exchange, reply(exchange));
        } finally {
            inHand.decrementAndGet();
        }
    }

    private WebReply reply(HttpExchange exchange) {
        if (stopping.hasBegun()) {
            return WebReply.later("stopping");
        }
        try {
            Page page = pages.get(String.valueOf(exchange.getRequestURI().getPath()));
            if (page == null) {
                return WebReply.refusal(404, "nothing is here");
            }
            if (!page.method().equals(exchange.getRequestMethod())) {
                return WebReply.refusal(405, "expected: " + page.method()).with("Allow", page.method());
            }
            return page.reply(WebRequest.of(exchange));
        } catch (IllegalArgumentException e) {
            return WebReply.refusal(400, "malformed query (expected: UTF-8, percent-encoded)");
        } catch (RejectedExecutionException e) {
            return WebReply.later("stopping");
        } catch (Exception e) {
            LOG.error("an HTTP request was not answered by its route", e);
            return WebReply.later("trouble on our side, try again later");
        }
    }

    private static void write(HttpExchange exchange, WebReply reply) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", reply.type());
        reply.fields().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(reply.status(), reply.octets().length == 0 ? -1 : reply.octets().length);
        exchange.getResponseBody().write(reply.octets());
    }

    /** Waits until nothing is in hand, at most until that time by {@link System#nanoTime()}. */
    void awaitIdle(long untilNanos) {
        while (inHand.get() > 0 && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() {
        server.ifPresent(made -> made.stop(0));
        threads.shutdownNow();
    }
}
