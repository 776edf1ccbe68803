package dev.caravan.tls;

import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/** Servers and clients of TLS for tests of what uses them. */
public final class TestTls {
    public static final TestCertificates AUTHORITY = new TestCertificates();
    public static final CertifiedKey KEY = AUTHORITY.issue(Kind.EC, "mx.example");

    private TestTls() {}

    /** A server with the key of mx.example. */
    public static TlsServer server(TlsLibrary library) throws SSLException {
        return server(library, 1000, Duration.ofSeconds(30));
    }

    /**
     * A server with the key of mx.example that trusts the authority's clients.
     *
     * @param most handshakes at once.
     */
    public static TlsServer server(TlsLibrary library, int most, Duration timeout) throws SSLException {
        ServerOptions options = new ServerOptions(TlsVersion.TLS_1_2, true, List.of(AUTHORITY.authority()), false);
        return new TlsServer(
                TlsEngines.of(library).server(new ServerKeys(List.of(KEY)), options),
                new Handshakes(most, new PrometheusRegistry()),
                timeout,
                Optional.of(Trust.in(List.of(AUTHORITY.authority()))));
    }

    /** A context for clients on sockets that accepts any certificate. */
    public static SSLContext client() {
        return client("TLS", new KeyManager[0]);
    }

    /** The same that speaks no newer version than this. */
    public static SSLContext client(TlsVersion newest) {
        return client(newest.protocol(), new KeyManager[0]);
    }

    /** The same with a certificate. */
    public static SSLContext client(CertifiedKey key) {
        return client("TLS", new KeyManager[] {new ClientKey(key)});
    }

    private static SSLContext client(String protocol, KeyManager[] keys) {
        try {
            SSLContext context = SSLContext.getInstance(protocol);
            context.init(keys, new TrustManager[] {Trust.any().manager()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
