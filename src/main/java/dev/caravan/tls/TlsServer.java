package dev.caravan.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.IllegalReferenceCountException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks TLS with the clients of SMTP listeners, with keys that may be replaced at any time: handshakes that have begun go on
 * with the former ones. Thread-safe.
 */
public final class TlsServer implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,255}");
    private static final int MAX_SUBJECT = 512;
    private static final int MAX_EMAIL = 320;
    private static final int MAX_EMAILS = 10;
    /** The type of an address in alternative names (RFC 5280 §4.2.1.6). */
    private static final int EMAIL = 1;

    private static final String TLS_1_3 = "TLSv1.3";
    /** The sources are for Java 17, which has no such method. */
    private static final Optional<Method> EXPORT = export();

    private static final Logger LOG = LoggerFactory.getLogger(TlsServer.class);

    private final Handshakes handshakes;
    private final Duration timeout;
    private final Optional<Trust> clients;
    private volatile TlsServerContext context;

    /**
     * A server.
     *
     * @param timeout of a handshake.
     * @param clients who vouches for the certificates of clients; empty if no certificate is trusted.
     */
    TlsServer(TlsServerContext context, Handshakes handshakes, Duration timeout, Optional<Trust> clients) {
        this.context = context;
        this.handshakes = handshakes;
        this.timeout = timeout;
        this.clients = clients;
    }

    /** Uses another context for the handshakes that begin from now on, and closes the former. */
    void use(TlsServerContext next) {
        TlsServerContext former = context;
        context = next;
        former.close();
    }

    /**
     * The handler of a connection whose next octets are those of a handshake; it must be added to the pipeline. It closes the
     * connection if the handshake fails or takes too long.
     *
     * @return empty if too many handshakes are in progress.
     */
    public Optional<SslHandler> begin(ByteBufAllocator allocator) {
        if (!handshakes.begin()) {
            return Optional.empty();
        }
        boolean isBegun = false;
        try {
            SslHandler handler = newHandler(allocator);
            handler.setHandshakeTimeoutMillis(timeout.toMillis());
            handshakes.watch(handler);
            isBegun = true;
            return Optional.of(handler);
        } finally {
            if (!isBegun) {
                handshakes.cancel();
            }
        }
    }

    private SslHandler newHandler(ByteBufAllocator allocator) {
        while (true) {
            TlsServerContext now = context;
            try {
                return now.newHandler(allocator);
            } catch (IllegalReferenceCountException e) {
                if (now == context) {
                    throw e;
                }
                // It was replaced and closed in between.
            }
        }
    }

    /** What a completed handshake agreed. */
    public TlsFacts facts(SslHandler handler) {
        SSLSession session = handler.engine().getSession();
        return new TlsFacts(session.getProtocol(), session.getCipherSuite(), serverName(session), client(session));
    }

    private static Optional<String> serverName(SSLSession session) {
        if (!(session instanceof ExtendedSSLSession extended)) {
            return Optional.empty();
        }
        return extended.getRequestedServerNames().stream()
                .map(name -> name instanceof SNIHostName host
                        ? host.getAsciiName()
                        : new String(name.getEncoded(), StandardCharsets.ISO_8859_1))
                .filter(name -> NAME.matcher(name).matches())
                .findFirst();
    }

    private Optional<ClientCertificate> client(SSLSession session) {
        if (clients.isEmpty()) {
            return Optional.empty();
        }
        List<X509Certificate> chain = new ArrayList<>();
        try {
            for (Certificate certificate : session.getPeerCertificates()) {
                chain.add((X509Certificate) certificate);
            }
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
        return Optional.of(chain)
                .filter(sent -> !sent.isEmpty() && clients.get().acceptsClient(sent))
                .map(sent -> certificate(sent.get(0)));
    }

    private static ClientCertificate certificate(X509Certificate certificate) {
        String subject = certificate.getSubjectX500Principal().getName();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return new ClientCertificate(
                    subject.length() > MAX_SUBJECT ? subject.substring(0, MAX_SUBJECT) : subject,
                    HexFormat.of().formatHex(digest),
                    emails(certificate));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256, and the certificate was decoded before", e);
        }
    }

    private static List<String> emails(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Integer.valueOf(EMAIL).equals(name.get(0)))
                            .map(name -> String.valueOf(name.get(1)))
                            .filter(email -> email.length() <= MAX_EMAIL)
                            .limit(MAX_EMAILS)
                            .toList();
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    /**
     * What binds a login to a connection of TLS 1.3 (RFC 9266 §2): 32 octets that only its two ends know.
     *
     * @return empty for older versions, and if the library cannot compute it: only Java can, from version 25 on.
     */
    public Optional<byte[]> exporter(SslHandler handler) {
        SSLSession session = handler.engine().getSession();
        if (EXPORT.isEmpty() || !(session instanceof ExtendedSSLSession) || !TLS_1_3.equals(session.getProtocol())) {
            return Optional.empty();
        }
        try {
            return Optional.of((byte[]) EXPORT.get().invoke(session, "EXPORTER-Channel-Binding", new byte[0], 32));
        } catch (ReflectiveOperationException e) {
            LOG.debug("no exporter: {}", e.toString());
            return Optional.empty();
        }
    }

    private static Optional<Method> export() {
        try {
            return Optional.of(ExtendedSSLSession.class.getMethod(
                    "exportKeyingMaterialData", String.class, byte[].class, int.class));
        } catch (NoSuchMethodException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
