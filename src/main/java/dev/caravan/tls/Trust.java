package dev.caravan.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which certificate chains are accepted. Names are not checked here: the caller compares them after the handshake, by
 * {@link CertificateNames}, because which names are right depends on the connection. Immutable; thread-safe.
 */
public final class Trust {
    private static final Trust ANY = new Trust(new AnyCertificate(List.of()), List.of());

    private final X509ExtendedTrustManager manager;
    private final List<X509Certificate> authorities;

    private Trust(X509ExtendedTrustManager manager, List<X509Certificate> authorities) {
        this.manager = manager;
        this.authorities = List.copyOf(authorities);
    }

    /** Accepts every chain, or none at all: encryption without authentication. */
    public static Trust any() {
        return ANY;
    }

    /** Accepts every chain of a client, and tells clients these authorities. */
    static Trust anyButAsk(List<X509Certificate> authorities) {
        return new Trust(new AnyCertificate(authorities), authorities);
    }

    /**
     * Accepts what the authorities of the JDK vouch for, which on Debian are those of the system.
     *
     * @throws IllegalStateException if the JDK has none.
     */
    public static Trust system() {
        return of((KeyStore) null);
    }

    /** Accepts what one of these certificates vouches for, and the certificates themselves. */
    public static Trust in(List<X509Certificate> authorities) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("authority-" + i, authorities.get(i));
            }
            return of(store);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot keep certificates in memory", e);
        }
    }

    /**
     * Accepts what the certificates of a PEM file vouch for.
     *
     * @throws IOException if the file cannot be read.
     * @throws IllegalArgumentException if it is malformed or has no certificate.
     */
    public static Trust in(Path file) throws IOException {
        return in(PemReader.certificates(file));
    }

    private static Trust of(@Nullable KeyStore store) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            X509TrustManager manager = Arrays.stream(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .map(X509TrustManager.class::cast)
                    .findFirst()
                    .orElseThrow();
            return new Trust(new ChainOnly(manager), List.of(manager.getAcceptedIssuers()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot check certificates", e);
        }
    }

    /** For engines and contexts of TLS. */
    public X509ExtendedTrustManager manager() {
        return manager;
    }

    /** Those who vouch for accepted certificates; empty if every certificate is accepted. */
    public List<X509Certificate> authorities() {
        return authorities;
    }

    /**
     * Whether the chain of a client would be accepted.
     *
     * @param chain as the client sent it, its own certificate first.
     */
    public boolean acceptsClient(List<X509Certificate> chain) {
        try {
            // The type decides which uses of the key are asked for; this one stands for any.
            manager.checkClientTrusted(chain.toArray(X509Certificate[]::new), "UNKNOWN");
            return true;
        } catch (CertificateException | IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Checks chains without looking at the engine. An extended trust manager is needed for that: the JDK adds its own
     * checks to others, also of names.
     */
    private static final class ChainOnly extends X509ExtendedTrustManager {
        private final X509TrustManager delegate;

        ChainOnly(X509TrustManager delegate) {
            this.delegate = delegate;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            delegate.checkClientTrusted(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            delegate.checkClientTrusted(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            delegate.checkClientTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            delegate.checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            delegate.checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            delegate.checkServerTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return delegate.getAcceptedIssuers();
        }
    }

    private static final class AnyCertificate extends X509ExtendedTrustManager {
        private final List<X509Certificate> authorities;

        AnyCertificate(List<X509Certificate> authorities) {
            this.authorities = List.copyOf(authorities);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return authorities.toArray(X509Certificate[]::new);
        }
    }
}
