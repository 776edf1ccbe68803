package dev.caravan.http;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The event loop that all HTTP listeners of one server share. Vert.x parses HTTP/1.1 on it; nothing on it may block.
 * Thread-safe.
 */
public final class HttpEngine implements AutoCloseable {
    /** The maximum octets of a request line; the header fields together may have as many. */
    private static final int MAX_LINE = 8 * 1024;

    private static final int MAX_HEADER = 16 * 1024;
    private static final int BACKLOG = 1024;
    private static final long CLOSE_SECONDS = 2;

    private final Vertx vertx = Vertx.vertx(new VertxOptions()
            .setEventLoopPoolSize(1)
            .setWorkerPoolSize(1)
            .setInternalBlockingPoolSize(1)
            .setUseDaemonThread(true)
            // Otherwise Vert.x creates a cache folder, which is never used here.
            .setFileSystemOptions(
                    new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));

    Vertx vertx() {
        return vertx;
    }

    /**
     * Creates a server without handlers that does not listen yet.
     *
     * @param tls empty for a server without TLS.
     */
    HttpServer newServer(Optional<HttpTls> tls) {
        HttpServerOptions options = new HttpServerOptions()
                .setMaxInitialLineLength(MAX_LINE)
                .setMaxHeaderSize(MAX_HEADER)
                .setHandle100ContinueAutomatically(false)
                .setHttp2ClearTextEnabled(false)
                .setAcceptBacklog(BACKLOG)
                .setTcpNoDelay(true)
                .setReuseAddress(true);
        tls.ifPresent(with -> options.setSsl(true)
                .setUseAlpn(false)
                .setKeyCertOptions(KeyCertOptions.wrap(with.keys()))
                .setEnabledSecureTransportProtocols(new LinkedHashSet<>(with.versions())));
        return vertx.createHttpServer(options);
    }

    @Override
    public void close() {
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // The threads of Vert.x are daemon threads: they end with the process.
            return;
        }
    }
}
