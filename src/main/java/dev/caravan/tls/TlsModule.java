package dev.caravan.tls;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.net.ListenerKind;
import dev.caravan.tls.CertificateFiles.Pair;
import dev.caravan.tls.CertificateFiles.Places;
import dev.caravan.tls.TlsSettings.ClientCertificates;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.X509ExtendedKeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of a server: its keys, which are read again when their files change, and what makes TLS of connections. {@link #look}
 * blocks on the disk; all else is thread-safe and does not block.
 */
public final class TlsModule implements ServerModule {
    private static final Logger LOG = LoggerFactory.getLogger(TlsModule.class);
    /** This long before a certificate expires the operator is told. */
    private static final Duration NOTICE = Duration.ofDays(21);

    private static final Duration BETWEEN_NOTICES = Duration.ofDays(1);

    private final Clock clock;
    private final TlsEngines engines;
    private final ServerOptions options;
    private final CertificateFiles files;
    private final TlsServer server;
    /** Speaks old versions too; empty if no listener does. */
    private final Optional<TlsServer> oldServer;

    private volatile KeyGenerations keys;
    // Guarded by this object.
    private Object read;
    private Object seen;
    private volatile Optional<String> complaint = Optional.empty();
    private Optional<Instant> noticed = Optional.empty();

    /**
     * @param data the folder in which the server keeps what is its own.
     * @throws IOException if a file cannot be read, or no self-signed certificate can be written.
     * @throws InvalidSettingsException if a setting or a file that it names cannot be used.
     */
    public TlsModule(ServerHome home, Settings settings, Path data, PrometheusRegistry metrics, Clock clock)
            throws IOException {
        this.clock = clock;
        this.engines = engines(settings);
        boolean isOldSpoken = settings.get(TlsSettings.OLD_TLS);
        if (isOldSpoken && !engines.isOpenSsl()) {
            OldVersions.allow();
        }
        this.files = new CertificateFiles(
                places(home, settings, data),
                settings.get(MailSettings.HOSTNAME).text(),
                clock);
        Optional<Trust> clients = clients(home, settings);
        this.options = new ServerOptions(
                settings.get(TlsSettings.MIN_VERSION),
                settings.get(TlsSettings.CLIENT_CERTIFICATES) == ClientCertificates.OPTIONAL,
                clients.map(Trust::authorities).orElse(List.of()),
                settings.get(TlsSettings.SESSION_TICKETS));
        Object stamp = files.stamp();
        try {
            this.keys = KeyGenerations.of(files.read());
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingsException(
                    settings.get(TlsSettings.CERTIFICATE).isPresent() ? TlsSettings.CERTIFICATE : TlsSettings.FOLDER,
                    String.valueOf(e.getMessage()),
                    "");
        }
        this.read = stamp;
        this.seen = stamp;
        Handshakes handshakes = new Handshakes(settings.get(TlsSettings.MAX_HANDSHAKES), metrics);
        Duration timeout = settings.get(TlsSettings.HANDSHAKE_TIMEOUT);
        this.server = new TlsServer(engines.server(keys.current(), options), handshakes, timeout, clients);
        this.oldServer = isOldSpoken
                ? Optional.of(new TlsServer(
                        engines.server(keys.current(), options.since(TlsVersion.TLS_1_0)),
                        handshakes,
                        timeout,
                        clients))
                : Optional.empty();
        if (keys.current().first().isSelfSigned()) {
            LOG.warn("The certificate for TLS is self-signed: clients that check it refuse it (see docs/tls.md)");
        }
        publish(metrics);
        warnOfExpiry();
    }

    private static TlsEngines engines(Settings settings) {
        try {
            return TlsEngines.of(settings.get(TlsSettings.ENGINE));
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingsException(TlsSettings.ENGINE, String.valueOf(e.getMessage()), "");
        }
    }

    private static Places places(ServerHome home, Settings settings, Path data) {
        Optional<Path> certificate = home.readable(settings, TlsSettings.CERTIFICATE, "certificates in PEM");
        Optional<Path> key = home.readable(settings, TlsSettings.KEY, "a key in PEM");
        if (certificate.isEmpty() && key.isPresent()) {
            throw new InvalidSettingsException(TlsSettings.KEY, "without a certificate", "tls.certificate too");
        }
        return new Places(
                certificate.map(file -> new Pair(file, key.orElse(file))),
                home.readable(settings, TlsSettings.FOLDER, "a folder with certificates and keys"),
                home.readable(settings, TlsSettings.KEY_PASSWORD_FILE, "the password of the key"),
                data.resolve("tls"));
    }

    private static Optional<Trust> clients(ServerHome home, Settings settings) throws IOException {
        Setting<Optional<String>> setting = TlsSettings.CLIENT_CA;
        Optional<Path> file = home.readable(settings, setting, "certificates in PEM");
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Trust.in(file.get()));
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingsException(setting, String.valueOf(e.getMessage()), "");
        }
    }

    private void publish(PrometheusRegistry metrics) {
        GaugeWithCallback.builder()
                .name("caravan_tls_certificate_left_seconds")
                .help("Seconds until the first certificate of the server's keys expires.")
                .callback(callback -> callback.call((double)
                        Duration.between(clock.instant(), first().expiry()).toSeconds()))
                .register(metrics);
        GaugeWithCallback.builder()
                .name("caravan_tls_certificate_self_signed")
                .help("1 if clients get a self-signed certificate, else 0.")
                .callback(callback -> callback.call(keys.current().first().isSelfSigned() ? 1 : 0))
                .register(metrics);
        GaugeWithCallback.builder()
                .name("caravan_tls_certificate_reload_failed")
                .help("1 if the files of certificates and keys have changed and cannot be used, else 0.")
                .callback(callback -> callback.call(complaint.isPresent() ? 1 : 0))
                .register(metrics);
    }

    private CertifiedKey first() {
        return keys.current().all().stream()
                .min((one, other) -> one.expiry().compareTo(other.expiry()))
                .orElseThrow();
    }

    /** Makes contexts with the library of the settings. */
    public TlsEngines engines() {
        return engines;
    }

    /** Speaks TLS with the clients of a kind of listener. */
    public TlsServer server(ListenerKind kind) {
        return kind == ListenerKind.DEVICES ? oldServer.orElse(server) : server;
    }

    /** The keys for servers that use the JDK's TLS; follows the files. */
    public X509ExtendedKeyManager keyManager() {
        return new ServerKeyManager(() -> keys, true);
    }

    /** The versions of TLS that are spoken, as Java names them. */
    public List<String> versions() {
        return options.oldest().andNewer();
    }

    /** What is wrong with the certificates, for the health report. */
    public Optional<String> warning() {
        return complaint.or(this::expiryWarning);
    }

    private Optional<String> expiryWarning() {
        CertifiedKey first = first();
        return first.expiry().minus(NOTICE).isAfter(clock.instant())
                ? Optional.empty()
                : Optional.of("the " + first + " expires at " + first.expiry());
    }

    /** Reads the files again if they have changed and are not being written; to be called each second. */
    public synchronized void look() {
        warnOfExpiry();
        Object now;
        try {
            now = files.stamp();
        } catch (IOException | IllegalArgumentException e) {
            complain("cannot look for certificates: " + e.getMessage());
            return;
        }
        boolean isStill = now.equals(seen);
        seen = now;
        if (!isStill || now.equals(read)) {
            return;
        }
        read = now;
        try {
            ServerKeys next = files.read();
            TlsServerContext context = engines.server(next, options);
            if (oldServer.isPresent()) {
                oldServer.get().use(engines.server(next, options.since(TlsVersion.TLS_1_0)));
            }
            server.use(context);
            keys = keys.next(next);
            complaint = Optional.empty();
            noticed = Optional.empty();
            LOG.info("Read the certificates again: {}", next.first());
        } catch (IOException | IllegalArgumentException e) {
            complain(String.valueOf(e.getMessage()));
        }
    }

    private void complain(String what) {
        if (!complaint.equals(Optional.of(what))) {
            complaint = Optional.of(what);
            LOG.error("{}; the previous certificates stay in use", what);
        }
    }

    private void warnOfExpiry() {
        Optional<String> text = expiryWarning();
        Instant now = clock.instant();
        if (text.isPresent()
                && noticed.map(at -> at.plus(BETWEEN_NOTICES).isBefore(now)).orElse(true)) {
            noticed = Optional.of(now);
            LOG.warn("{}", text.get());
        }
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of();
    }

    @Override
    public void close() {
        server.close();
        oldServer.ifPresent(TlsServer::close);
    }
}
