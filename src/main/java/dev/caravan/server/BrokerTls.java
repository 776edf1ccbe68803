package dev.caravan.server;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.Threads;
import dev.caravan.tls.SocketTls;
import dev.caravan.tls.TlsModule;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** TLS of a broker without a server: looks every second whether the files of its certificate have changed. */
public final class BrokerTls implements AutoCloseable {
    private final TlsModule tls;
    private final ScheduledExecutorService timer = Threads.timer("certificates");

    private BrokerTls(TlsModule tls) {
        this.tls = tls;
    }

    /**
     * Reads the certificate of the settings.
     *
     * @param data the folder in which a self-signed one is kept, if the settings name none.
     * @throws IOException if a file cannot be read or written.
     * @throws dev.caravan.config.InvalidSettingsException if a setting or a file that it names cannot be used.
     */
    public static BrokerTls start(ServerHome home, Settings settings, Path data) throws IOException {
        BrokerTls made =
                new BrokerTls(new TlsModule(home, settings, data, new PrometheusRegistry(), Clock.systemUTC()));
        made.timer.scheduleWithFixedDelay(made.tls::look, 1, 1, TimeUnit.SECONDS);
        return made;
    }

    /** For the broker's port; follows the files. */
    public SSLContext context() {
        return SocketTls.server(tls.keyManager(), tls.versions());
    }

    @Override
    public void close() {
        timer.shutdownNow();
        tls.close();
    }
}
