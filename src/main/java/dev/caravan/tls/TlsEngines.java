package dev.caravan.tls;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import java.security.SecureRandom;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes contexts of TLS, all with the same library. Thread-safe.
 *
 * <p>Every context names the versions that it speaks, because the list of those that the JDK disables may be changed for
 * all ({@code devices.old-tls}).
 */
public final class TlsEngines {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEngines.class);

    /** A JDK sends no ticket in TLS 1.3 for a session that lives longer than a week (RFC 8446 §4.6.1). */
    private static final int WITHOUT_TICKETS_SECONDS = 7 * 24 * 3600 + 1;

    private static final SecureRandom RANDOM = new SecureRandom();

    static {
        // Before the first server context of this JVM; the JDK would else send tickets in TLS 1.2. An operator's value
        // wins.
        absent("jdk.tls.server.enableSessionTicketExtension", "false");
        // From JDK 21 on: how many tickets TLS 1.3 sends.
        absent("jdk.tls.server.newSessionTicketCount", "0");
    }

    private final boolean isOpenSsl;

    private TlsEngines(boolean isOpenSsl) {
        this.isOpenSsl = isOpenSsl;
    }

    private static void absent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Loads a library.
     *
     * @throws IllegalArgumentException if OpenSSL's is asked for and cannot be loaded.
     */
    public static TlsEngines of(TlsLibrary library) {
        boolean isAvailable = library != TlsLibrary.JDK && OpenSsl.isAvailable();
        if (library == TlsLibrary.OPENSSL && !isAvailable) {
            throw new IllegalArgumentException("the library of OpenSSL cannot be loaded: "
                    + OpenSsl.unavailabilityCause() + " (expected: jdk or auto, or Linux on x86_64 or aarch64)");
        }
        TlsEngines engines = new TlsEngines(isAvailable);
        if (library == TlsLibrary.AUTO && !isAvailable) {
            LOG.info("TLS by {}, because OpenSSL's cannot be loaded: {}", engines, OpenSsl.unavailabilityCause());
        }
        return engines;
    }

    /** Whether the library is OpenSSL's. */
    public boolean isOpenSsl() {
        return isOpenSsl;
    }

    /**
     * A context for accepted connections.
     *
     * @throws SSLException if the library refuses the keys or options.
     */
    public TlsServerContext server(ServerKeys keys, ServerOptions options) throws SSLException {
        KeyGenerations generation = KeyGenerations.of(keys);
        KeyManagerFactory manager = new KeyManagerFactoryWrapper(new ServerKeyManager(() -> generation, !isOpenSsl));
        // OpenSSL's would otherwise translate the key anew for each handshake.
        KeyManagerFactory factory = isOpenSsl ? new OpenSslCachingX509KeyManagerFactory(manager) : manager;
        Trust trust = Trust.anyButAsk(options.authorities());
        SslContext context = with(SslContextBuilder.forServer(factory), options.oldest(), trust)
                .clientAuth(options.asksForCertificate() ? ClientAuth.OPTIONAL : ClientAuth.NONE)
                .build();
        if (!options.hasTickets()) {
            withoutTickets(context);
        } else if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setTicketKeys(new OpenSslSessionTicketKey(random(), random(), random()));
        }
        return new TlsServerContext(context, options.hasTickets());
    }

    private static byte[] random() {
        byte[] octets = new byte[OpenSslSessionTicketKey.NAME_SIZE];
        RANDOM.nextBytes(octets);
        return octets;
    }

    private static void withoutTickets(SslContext context) {
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            // Those are resumed by tickets alone, which TlsServerContext switches off for each engine.
            sessions.setSessionCacheEnabled(false);
        } else {
            context.sessionContext().setSessionTimeout(WITHOUT_TICKETS_SECONDS);
        }
    }

    /**
     * A context for connections to other servers.
     *
     * @throws SSLException if the library refuses the key or options.
     */
    public TlsClientContext client(ClientOptions options) throws SSLException {
        SslContextBuilder builder = with(SslContextBuilder.forClient(), options.oldest(), options.trust())
                // The caller checks names, see Trust.
                .endpointIdentificationAlgorithm(null);
        options.key().ifPresent(key -> builder.keyManager(key.key(), key.chain()));
        return new TlsClientContext(builder.build());
    }

    private SslContextBuilder with(SslContextBuilder builder, TlsVersion oldest, Trust trust) {
        List<String> suites = CipherSuites.since(oldest);
        return builder.sslProvider(isOpenSsl ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .protocols(oldest.andNewer())
                .ciphers(suites, SupportedCipherSuiteFilter.INSTANCE)
                .trustManager(trust.manager());
    }

    /** The name and version of the library. */
    @Override
    public String toString() {
        return isOpenSsl ? OpenSsl.versionString() + " (netty-tcnative)" : "JDK " + Runtime.version();
    }
}
