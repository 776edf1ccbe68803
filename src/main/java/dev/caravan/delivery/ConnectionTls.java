package dev.caravan.delivery;

import dev.caravan.mail.Printable;
import dev.caravan.tls.CertificateNames;
import dev.caravan.tls.TlsClientContext;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * The client's side of TLS for one connection.
 *
 * @param context for the policy of the host.
 */
record ConnectionTls(TlsClientContext context, RemoteHost host) {
    private static final int MAX_REASON = 200;
    private static final int MAX_NAMED = 3;
    private static final Pattern NAME = Pattern.compile("(?=.*[a-z])[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*");

    /** A new handler. The deadline of the handshake is that of the connection. */
    SslHandler handler(ByteBufAllocator allocator) {
        String name = host.mta().toLowerCase(Locale.ROOT);
        Optional<String> serverName = Optional.of(name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
                .filter(text -> NAME.matcher(text).matches());
        SslHandler handler =
                context.newHandler(allocator, host.mta(), host.address().getPort(), serverName);
        handler.setHandshakeTimeoutMillis(0);
        return handler;
    }

    /** Why the certificate is not that of the host; empty if it is, or the policy does not ask. */
    Optional<String> mismatch(SSLSession session) {
        List<String> wanted = host.tls().names();
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        try {
            X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
            if (wanted.stream().anyMatch(name -> isFor(certificate, name))) {
                return Optional.empty();
            }
            String names =
                    CertificateNames.of(certificate).stream().limit(MAX_NAMED).collect(Collectors.joining(", "));
            return Optional.of(Printable.line(
                    "the certificate is for " + (names.isEmpty() ? "no name" : names) + " (expected: "
                            + String.join(" or ", wanted) + ")",
                    MAX_REASON));
        } catch (SSLPeerUnverifiedException e) {
            return Optional.of("no certificate");
        }
    }

    /** A name that begins with a dot stands for all names below it. */
    private static boolean isFor(X509Certificate certificate, String wanted) {
        if (!wanted.startsWith(".")) {
            return CertificateNames.cover(certificate, wanted);
        }
        return CertificateNames.of(certificate).stream()
                .map(name -> name.startsWith("*.") ? name.substring(1) : name)
                .anyMatch(name -> name.endsWith(wanted));
    }

    /** Why a handshake failed, for people. */
    static String reason(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof DecoderException || !(cause instanceof CertificateException))
                && cause.getCause() != null
                && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        if (failure instanceof ClosedChannelException || cause instanceof ClosedChannelException) {
            return "the host closed the connection during the handshake";
        }
        String words = String.valueOf(cause.getMessage());
        return Printable.line(words, MAX_REASON);
    }
}
