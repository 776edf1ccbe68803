package dev.caravan.http;

import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.Networks;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP listener, shared by all routes from {@code web:PATH}. The event loop collects a request with its body; only
 * then does a pool thread answer it, so that a slow client occupies a connection but no thread. The server's own pages,
 * which do not depend on the queues, have a separate pool and are also answered while the server stops.
 */
public final class HttpListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);

    /**
     * The limits of a listener; they apply before a client is authenticated.
     *
     * @param threads the maximum number of threads that answer requests.
     * @param connections the limits of open connections.
     * @param headTime from the start of a connection, or the end of a response, to the end of the next request's
     *     header.
     * @param bodyTime from the end of the header to the end of the body.
     * @param bodySize the maximum octets of a body.
     * @param bodySpace the space that the bodies of all unfinished requests share.
     * @param folder where large bodies are stored until they are read.
     * @param networks clients that may use all of the space; all others together get a quarter of it.
     */
    public record Limits(
            int threads,
            HttpConnections.Limits connections,
            Duration headTime,
            Duration bodyTime,
            LongSupplier bodySize,
            BodySpace bodySpace,
            Path folder,
            Networks networks) {}

    private final HttpRegistry registry;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final Map<HttpConnection, HttpPeer> clients = new HashMap<>();
    private final HttpConnections<HttpConnection> connections;
    private final CompletableFuture<Void> serving = new CompletableFuture<>();
    private final ExecutorService ownThreads;
    private final ExecutorService threads;
    private final HttpEngine engine;
    private final Limits limits;
    private final ShutdownState stopping;
    private final IntConsumer whenAnswered;
    private Optional<HttpServer> server = Optional.empty();
    private Optional<HttpTls> tls = Optional.empty();

    /**
     * Creates a listener that does not listen yet.
     *
     * @param name the prefix of its thread names.
     * @param registry what is served; resources may be added and removed at any time.
     * @param whenAnswered receives the status of each response, except those of the server's own pages.
     */
    public HttpListener(
            HttpEngine engine,
            String name,
            HttpRegistry registry,
            Limits limits,
            ShutdownState stopping,
            IntConsumer whenAnswered) {
        this.engine = engine;
        this.registry = registry;
        this.limits = limits;
        this.stopping = stopping;
        this.whenAnswered = whenAnswered;
        this.connections = new HttpConnections<>(limits.connections());
        this.ownThreads = Threads.pool(name + "-own", 2);
        this.threads = Threads.pool(name, limits.threads());
    }

    /** Lets clients use TLS only; to be called before {@link #bind}. */
    public void secureBy(HttpTls with) {
        tls = Optional.of(with);
    }

    /**
     * Binds the port; requests wait until {@link #serve}.
     *
     * @return the bound address; for port 0, with the port that the system chose.
     * @throws IOException if the port cannot be bound.
     */
    public ListenAddress bind(ListenAddress address) throws IOException {
        HttpServer made = engine.newServer(tls);
        made.connectionHandler(this::connected);
        made.exceptionHandler(failure -> LOG.debug("an HTTP client sent malformed HTTP: {}", failure.toString()));
        made.requestHandler(this::received);
        try {
            SocketAddress where = SocketAddress.inetSocketAddress(address.socketAddress());
            made.listen(where).toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException taken) {
                throw taken;
            }
            throw new IOException("cannot listen at " + address, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        server = Optional.of(made);
        return new ListenAddress(address.host(), made.actualPort());
    }

    public void serve() {
        serving.complete(null);
    }

    private void connected(HttpConnection connection) {
        InetAddress address = address(connection.remoteAddress());
        HttpConnections.Admission<HttpConnection> admission = connections.admit(connection, address);
        admission.evicted().ifPresent(HttpConnection::close);
        if (!admission.isAdmitted()) {
            connection.close();
            return;
        }
        clients.put(connection, new HttpPeer(engine.vertx(), connection, limits.headTime()));
        connection.closeHandler(closed -> {
            connections.remove(connection);
            HttpPeer client = clients.remove(connection);
            if (client != null) {
                client.closed();
            }
        });
    }

    private static InetAddress address(SocketAddress remote) {
        try {
            return InetAddress.getByName(remote.hostAddress());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the address of a client: " + remote, e);
        }
    }

    private void received(HttpServerRequest request) {
        HttpPeer client = clients.get(request.connection());
        if (client == null || client.isFlooding()) {
            request.connection().close();
            return;
        }
        PendingRequest pending = new PendingRequest(request, client);
        URI target;
        try {
            target = new URI(request.uri());
        } catch (URISyntaxException e) {
            pending.answer(HttpResponse.refusal(400, "malformed request target"));
            return;
        }
        HttpRegistry.Candidates found = registry.find(String.valueOf(target.getPath()));
        if (found.isOwn()) {
            pending.isOwn = true;
            pending.collect(() -> pending.reply(target, found), ownThreads);
            return;
        }
        pending.begin();
        if (stopping.hasBegun()) {
            pending.answer(HttpResponse.later("stopping"));
        } else if (found.isEmpty()) {
            pending.answer(found.notFound());
        } else {
            pending.collect(() -> pending.reply(target, found), threads);
        }
    }

    /** One request that is not answered yet. All methods except {@link #reply} run on the event loop. */
    private final class PendingRequest {
        private final HttpServerRequest request;
        private final HttpPeer client;
        private final InetAddress remote;
        private boolean isOwn;
        private boolean isCounted;
        private boolean isHanded;
        private boolean isAnswered;
        private Optional<RequestBody> body = Optional.empty();

        PendingRequest(HttpServerRequest request, HttpPeer client) {
            this.request = request;
            this.client = client;
            this.remote = address(request.remoteAddress());
            client.receiving(limits.bodyTime());
            // The client has disconnected: the partial body is discarded, unless a thread is already answering the
            // request.
            request.exceptionHandler(gone -> {
                if (!isHanded) {
                    end();
                }
            });
        }

        void begin() {
            isCounted = true;
            unanswered.incrementAndGet();
        }

        /** Collects the body, then has a pool thread make the response. */
        void collect(Callable<HttpResponse> page, ExecutorService pool) {
            long most = limits.bodySize().getAsLong();
            if (declared() > most) {
                answer(tooLarge(Long.toString(declared()), most));
                return;
            }
            RequestBody collected = new RequestBody(
                    limits.folder(), limits.bodySpace(), !limits.networks().contains(remote));
            body = Optional.of(collected);
            request.handler(octets -> {
                if (isAnswered) {
                    return;
                }
                if (collected.size() + octets.length() > most) {
                    answer(tooLarge("more", most));
                } else if (!collected.reserve(octets.length())) {
                    answer(HttpResponse.later("too many large requests at once"));
                } else if (!collected.appendInMemory(octets)) {
                    request.pause();
                    store(collected, octets, pool);
                }
            });
            request.endHandler(complete -> {
                client.complete();
                if (!isAnswered) {
                    isHanded = true;
                    connections.answering(request.connection());
                    serving.thenRun(() -> hand(page, pool));
                }
            });
            if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
                request.response().writeContinue();
            }
            request.resume();
        }

        private long declared() {
            String length = request.getHeader("Content-Length");
            return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : 0;
        }

        private HttpResponse tooLarge(String octets, long most) {
            return HttpResponse.refusal(413, octets + " octets (expected: <= " + most + ")");
        }

        private void store(RequestBody collected, Buffer octets, ExecutorService pool) {
            execute(pool, () -> {
                try {
                    collected.appendToFile(octets);
                    engine.vertx().runOnContext(stored -> request.resume());
                } catch (IOException e) {
                    LOG.error("the body of an HTTP request cannot be stored: {}", e.toString());
                    later(HttpResponse.TROUBLE);
                }
            });
        }

        private void hand(Callable<HttpResponse> page, ExecutorService pool) {
            execute(pool, () -> {
                HttpResponse reply;
                try {
                    reply = page.call();
                } catch (RejectedExecutionException e) {
                    reply = HttpResponse.later("stopping");
                } catch (Exception e) {
                    LOG.error("an HTTP request was not answered", e);
                    reply = HttpResponse.later(HttpResponse.TROUBLE);
                }
                HttpResponse made = reply;
                engine.vertx().runOnContext(done -> answer(made));
            });
        }

        private void execute(ExecutorService pool, Runnable step) {
            try {
                pool.execute(step);
            } catch (RejectedExecutionException e) {
                later("stopping");
            }
        }

        private void later(String reason) {
            engine.vertx().runOnContext(now -> answer(HttpResponse.later(reason)));
        }

        /** Runs on a pool thread. */
        HttpResponse reply(URI target, HttpRegistry.Candidates found) throws Exception {
            return found.answer(request.method().name(), (method, variables) -> made(target, method, variables));
        }

        private HttpRequest made(URI target, String method, Map<String, String> variables) throws IOException {
            Map<String, String> fields = new HashMap<>();
            request.headers()
                    .forEach(field -> fields.putIfAbsent(field.getKey().toLowerCase(Locale.ROOT), field.getValue()));
            return new HttpRequest(
                    method,
                    String.valueOf(target.getPath()),
                    variables,
                    HttpRequest.parameters(target),
                    remote,
                    fields,
                    body.orElseThrow().open());
        }

        void answer(HttpResponse reply) {
            if (isAnswered) {
                return;
            }
            isAnswered = true;
            if (!isOwn) {
                whenAnswered.accept(reply.status());
            }
            client.answer(request, reply);
            connections.waiting(request.connection());
            end();
        }

        private void end() {
            isAnswered = true;
            body.ifPresent(RequestBody::close);
            if (isCounted) {
                isCounted = false;
                unanswered.decrementAndGet();
            }
        }
    }

    /**
     * Waits until all requests are answered, at most until {@code untilNanos} on the scale of
     * {@link System#nanoTime()}.
     */
    public void awaitIdle(long untilNanos) {
        while (unanswered.get() > 0 && System.nanoTime() - untilNanos < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() {
        server.ifPresent(HttpServer::close);
        ownThreads.shutdownNow();
        threads.shutdownNow();
    }
}
