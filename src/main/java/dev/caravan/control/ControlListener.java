package dev.caravan.control;

import dev.caravan.admin.ControlFile;
import dev.caravan.http.Authenticator;
import dev.caravan.http.BearerToken;
import dev.caravan.http.BodySpace;
import dev.caravan.http.HttpConnections;
import dev.caravan.http.HttpEngine;
import dev.caravan.http.HttpHandler;
import dev.caravan.http.HttpListener;
import dev.caravan.http.HttpRegistry;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResource;
import dev.caravan.http.HttpResponse;
import dev.caravan.http.HttpRole;
import dev.caravan.http.RequestBody;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.lifecycle.Threads;
import dev.caravan.mail.Base32;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.Networks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listener for operators' commands on this machine: HTTP on a port of the loopback interface, for users that can read
 * the server's {@link ControlFile}. It is separate from {@code http.listen}, where by default every user of the machine may
 * submit mail, and which may be turned off.
 */
public final class ControlListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlListener.class);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int THREADS = 4;
    private static final int CONNECTIONS = 256;
    /** For a header and for a body; a command sends its request at once. */
    private static final Duration TIME = Duration.ofSeconds(10);

    /** A token has eight groups of five digits, 200 bits. */
    private static final int TOKEN_GROUPS = 8;

    private static final int GROUP_DIGITS = 5;

    private static final long LOOK_SECONDS = 2;
    private static final int CONNECT_MILLIS = 2000;

    private final HttpRegistry registry;
    private final HttpListener server;
    private final Path file;
    private final String token;
    private Optional<PeerCommands> peers = Optional.empty();
    private final ScheduledExecutorService watch = Threads.timer("control-file");

    public ControlListener(HttpEngine engine, Path file, ShutdownState stopping) {
        this.file = file;
        HttpListener.Limits limits = new HttpListener.Limits(
                THREADS,
                new HttpConnections.Limits(CONNECTIONS, CONNECTIONS),
                TIME,
                TIME,
                () -> RequestBody.MAX_IN_MEMORY,
                new BodySpace((long) CONNECTIONS * RequestBody.MAX_IN_MEMORY),
                Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow(),
                Networks.parse("127.0.0.0/8"));
        this.token = newToken();
        this.registry = new HttpRegistry(new ControlFileAuthenticator(token, file.getFileName()));
        this.server = new HttpListener(engine, "control", registry, limits, stopping, status -> {});
    }

    private static String newToken() {
        SecureRandom random = new SecureRandom();
        StringBuilder digits = new StringBuilder(TOKEN_GROUPS * GROUP_DIGITS);
        for (int i = 0; i < TOKEN_GROUPS; i++) {
            Base32.append(digits, random.nextLong(), GROUP_DIGITS);
        }
        return digits.toString();
    }

    /** Adds a resource for operators: clients with the token. */
    void add(String method, String path, HttpHandler handler) {
        registry.add(HttpResource.of(method, path, HttpRole.OPERATOR, handler));
    }

    /** Serves and closes this too. */
    void with(PeerCommands others) {
        peers = Optional.of(others);
    }

    /** Begins to answer, then writes the control file. */
    public void serve() throws IOException {
        ListenAddress bound = server.bind(new ListenAddress(LOOPBACK, 0));
        server.serve();
        peers.ifPresent(PeerCommands::serve);
        ControlFile ours = new ControlFile(bound.port(), token, ControlFile.thisHost());
        ours.write(file);
        watch.scheduleWithFixedDelay(() -> keepFile(ours), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** Several servers may share a home: commands reach the one that started last and, after its end, another one. */
    private void keepFile(ControlFile ours) {
        try {
            if (Files.notExists(file) || isStale(ControlFile.read(file), ours)) {
                ours.write(file);
            }
        } catch (IOException e) {
            LOG.debug("the control file cannot be read or written: {}", e.toString());
        }
    }

    /** Whether a server of this machine wrote the file and has ended without removing it. */
    private static boolean isStale(ControlFile found, ControlFile ours) {
        if (found.token().equals(ours.token()) || !found.host().equals(ours.host())) {
            return false;
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(LOOPBACK, found.port()), CONNECT_MILLIS);
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            LOG.debug("another server of this home: {}", e.toString());
            return false;
        }
    }

    /**
     * Gives the role of operator to clients with the token of the control file, but never to a web page in a browser on
     * this machine.
     *
     * @param file the name of the control file.
     */
    private record ControlFileAuthenticator(String token, Path file) implements Authenticator {
        @Override
        public Set<HttpRole> roles(HttpRequest request) {
            boolean isOperator = request.header("Origin").isEmpty()
                    && BearerToken.of(request).filter(given -> given.is(token)).isPresent();
            return isOperator ? Set.of(HttpRole.OPERATOR) : Set.of();
        }

        @Override
        public HttpResponse refusal(HttpRequest request) {
            return HttpResponse.refusal(401, "who are you? (expected: the token of the file " + file + ")");
        }
    }

    /** Waits until all commands are answered, at most until {@code untilNanos} on the scale of {@link System#nanoTime()}. */
    public void awaitIdle(long untilNanos) {
        server.awaitIdle(untilNanos);
    }

    @Override
    public void close() {
        peers.ifPresent(PeerCommands::close);
        watch.shutdown();
        try {
            watch.awaitTermination(CONNECT_MILLIS, TimeUnit.MILLISECONDS);
            // Another server may have written its own file meanwhile.
            if (Files.exists(file) && ControlFile.read(file).token().equals(token)) {
                Files.delete(file);
            }
        } catch (IOException e) {
            LOG.debug("the control file cannot be removed: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.close();
    }
}
