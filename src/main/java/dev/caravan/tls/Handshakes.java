package dev.caravan.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSession;

/** Limits and counts the handshakes of all listeners. Thread-safe. */
final class Handshakes {
    private final int most;
    private final AtomicInteger inProgress = new AtomicInteger();
    private final Counter ended;
    private final Counter versions;

    /** @param most that are in progress at once. */
    Handshakes(int most, PrometheusRegistry metrics) {
        this.most = most;
        this.ended = Counter.builder()
                .name("caravan_tls_handshakes")
                .help("TLS handshakes with clients, by result: ok, timeout, not-tls, closed, failed or refused.")
                .labelNames("result")
                .register(metrics);
        this.versions = Counter.builder()
                .name("caravan_tls_sessions")
                .help("TLS sessions of clients, by version.")
                .labelNames("version")
                .register(metrics);
        GaugeWithCallback.builder()
                .name("caravan_tls_handshakes_in_progress")
                .help("TLS handshakes with clients that have begun and not ended.")
                .callback(callback -> callback.call(inProgress.get()))
                .register(metrics);
    }

    /** Takes a place for a handshake; false if all are taken. */
    boolean begin() {
        if (inProgress.incrementAndGet() > most) {
            inProgress.decrementAndGet();
            ended.labelValues("refused").inc();
            return false;
        }
        return true;
    }

    /** Gives the place back without a handshake. */
    void cancel() {
        inProgress.decrementAndGet();
    }

    /** Gives the place back when the handshake ends. */
    void watch(SslHandler handler) {
        handler.handshakeFuture().addListener(future -> {
            inProgress.decrementAndGet();
            if (future.isSuccess()) {
                SSLSession session = handler.engine().getSession();
                ended.labelValues("ok").inc();
                versions.labelValues(session.getProtocol()).inc();
            } else {
                ended.labelValues(result(future.cause())).inc();
            }
        });
    }

    private static String result(Throwable cause) {
        if (cause instanceof SslHandshakeTimeoutException) {
            return "timeout";
        } else if (cause instanceof NotSslRecordException) {
            return "not-tls";
        }
        return cause instanceof ClosedChannelException ? "closed" : "failed";
    }
}
