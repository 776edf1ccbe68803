package dev.caravan.camel;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a node, the one that comes with Java. All routes that begin at {@code web:PATH} share its port. A
 * request for a route has a thread until it is answered, so that few slow clients keep others waiting: for a trusted
 * network. Pages of our own, which wait for no mail, are answered by other threads, and also while the server stops.
 */
final class WebServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final int THREADS = 32;
    private static final int BACKLOG = 256;
    private static final Set<String> OWN = Set.of("/metrics", "/health/live", "/health/ready");

    /** Within that time a client has sent its request, and read the reply. */
    private static final String MAX_SECONDS = "600";

    static {
        // Read once, when the first server is made; there is no other way to say so.
        System.setProperty("sun.net.httpserver.maxReqTime", MAX_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", MAX_SECONDS);
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** Answers the requests for one path. */
    interface Page extends OwnPage {
        /** The method that it answers. */
        String method();
    }

    /** Answers GET without ever waiting for mail. */
    interface OwnPage {
        WebReply reply(WebRequest request) throws Exception;
    }

    private final Map<String, Page> pages = new ConcurrentHashMap<>();
    private final Map<String, OwnPage> own = new ConcurrentHashMap<>();
    private final AtomicInteger inHand = new AtomicInteger();
    /** They read what is asked for, and answer it or give it to the others. */
    private final ExecutorService front;

    private final ExecutorService threads;
    private final Stopping stopping;
    private final IntConsumer whenAnswered;
    private Optional<HttpServer> server = Optional.empty();

    /** @param whenAnswered hears of each status that answers a request, but for pages of our own. */
    WebServer(Stopping stopping, IntConsumer whenAnswered) {
        this(stopping, whenAnswered, "http", THREADS);
    }

    /** As the other one, with the name of its threads, and how many they are at most. */
    WebServer(Stopping stopping, IntConsumer whenAnswered, String name, int most) {
        this.stopping = stopping;
        this.whenAnswered = whenAnswered;
        this.front = Threads.pool(name + "-front", most);
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
        made.setExecutor(front);
        made.createContext("/", this::answer);
        server = Optional.of(made);
        InetSocketAddress bound = made.getAddress();
        return new Address(address.host(), bound.getPort());
    }

    void serve() {
        server.ifPresent(HttpServer::start);
    }

    /** Whether a path is the server's own, so that no route may have it. */
    static boolean isOwn(String path) {
        return OWN.contains(path);
    }

    /** Adds what answers a path, or replaces it. */
    void add(String path, Page page) {
        pages.put(path, page);
    }

    /** Adds a page of our own. */
    void addOwn(String path, OwnPage page) {
        own.put(path, page);
    }

    void remove(String path, Page page) {
        pages.remove(path, page);
    }

    private void answer(HttpExchange exchange) throws IOException {
        OwnPage page = own.get(path(exchange));
        if (page != null) {
            try (exchange) {
                write(exchange, reply(exchange, page, "GET"));
            }
            return;
        }
        inHand.incrementAndGet();
        try {
            threads.execute(() -> answerInTurn(exchange));
        } catch (RejectedExecutionException e) {
            inHand.decrementAndGet();
            exchange.close();
        }
    }

    private void answerInTurn(HttpExchange exchange) {
        try (exchange) {
            WebReply reply = reply(exchange);
            whenAnswered.accept(reply.status());
            write(exchange, reply);
        } catch (IOException e) {
            LOG.debug("an HTTP client is gone: {}", e.toString());
        } finally {
            inHand.decrementAndGet();
        }
    }

    private static String path(HttpExchange exchange) {
        return String.valueOf(exchange.getRequestURI().getPath());
    }

    private WebReply reply(HttpExchange exchange) {
        if (stopping.hasBegun()) {
            return WebReply.later("stopping");
        }
        Page page = pages.get(path(exchange));
        return page == null ? WebReply.refusal(404, "nothing is here") : reply(exchange, page, page.method());
    }

    private static WebReply reply(HttpExchange exchange, OwnPage page, String method) {
        try {
            if (!method.equals(exchange.getRequestMethod())) {
                return WebReply.refusal(405, "expected: " + method).with("Allow", method);
            }
            return page.reply(WebRequest.of(exchange));
        } catch (IllegalArgumentException e) {
            return WebReply.refusal(400, "malformed query (expected: UTF-8, percent-encoded)");
        } catch (RejectedExecutionException e) {
            return WebReply.later("stopping");
        } catch (Exception e) {
            LOG.error("an HTTP request was not answered", e);
            return WebReply.later("trouble on our side, try again later");
        }
    }

    private static void write(HttpExchange exchange, WebReply reply) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", reply.type());
        reply.fields().forEach(exchange.getResponseHeaders()::set);
        if (reply.status() >= 400) {
            // What is refused need not have been read to its end, and then the connection ends without a word: a client
            // that used it for its next request would not know what became of that.
            exchange.getResponseHeaders().set("Connection", "close");
        }
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
        front.shutdownNow();
        threads.shutdownNow();
    }
}
