package dev.caravan.settle;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Printable;
import java.io.EOFException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.apache.camel.Exchange;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.net.NamedEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Tells exceptions of an endpoint that mean the other side or the network from faults of this server: 4.4.1 if there is
 * no connection, 4.4.2 if it broke off (RFC 3463 §3.5). The texts name the host and its port where they are known, but
 * never the rest of an address, which may hold a password.
 */
final class PeerFailure {
    private static final int MAX_REASON = 200;
    private static final int MAX_CAUSES = 50;

    /** Errors of the operating system that mean this server, whatever the type of the exception is. */
    private static final Pattern OUR_OWN =
            Pattern.compile("Too many open files|Cannot assign requested address|No buffer space");

    /** What may be part of an address with a password: such a message is not repeated. */
    private static final Pattern ADDRESS = Pattern.compile("://|[@?]");

    private static final Pattern HOST_AND_PORT = Pattern.compile("[A-Za-z0-9._\\-\\[\\]]+(?::[A-Za-z0-9:\\]]+)?");

    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9._-]{1,255}");

    private PeerFailure() {}

    /** The diagnosis for all recipients; empty if nothing in the chain of causes means the other side. */
    static Optional<Diagnosis> diagnosis(Throwable thrown, Exchange exchange) {
        if (causes(thrown).anyMatch(PeerFailure::meansThisServer)) {
            return Optional.empty();
        }
        // The outermost knows most.
        return causes(thrown)
                .filter(PeerFailure::meansThePeer)
                .findFirst()
                .map(failure -> diagnosis(failure, host(failure, exchange)));
    }

    /** From the outermost to the first one; a chain may be a ring. */
    private static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause).limit(MAX_CAUSES);
    }

    private static boolean meansThisServer(Throwable failure) {
        return failure instanceof BindException
                || (failure instanceof SocketException
                        && OUR_OWN.matcher(String.valueOf(failure.getMessage())).find());
    }

    private static boolean meansThePeer(Throwable failure) {
        return failure instanceof SocketException
                || failure instanceof UnknownHostException
                || failure instanceof SocketTimeoutException
                || failure instanceof SSLException
                || failure instanceof NoHttpResponseException
                || failure instanceof ConnectionClosedException
                || failure instanceof MalformedChunkCodingException
                || (failure instanceof EOFException && !isOfThisServer(failure));
    }

    /** Whether a class of this server threw it: that has read a file. */
    private static boolean isOfThisServer(Throwable thrown) {
        return Stream.of(thrown.getStackTrace())
                .takeWhile(frame -> !frame.getClassName().startsWith("org.apache."))
                .anyMatch(frame -> frame.getClassName().startsWith("dev.caravan."));
    }

    private static Diagnosis diagnosis(Throwable failure, Optional<String> known) {
        String host = known.orElse("the destination");
        if (failure instanceof UnknownHostException) {
            return Diagnosis.ours("4.4.1", "cannot connect to " + host + ": unknown host");
        }
        if (isOfConnecting(failure)) {
            return Diagnosis.ours("4.4.1", "cannot connect to " + host + ": " + reason(failure));
        }
        if (failure instanceof SocketTimeoutException) {
            return Diagnosis.ours("4.4.2", "the connection to " + host + " broke off: no answer in time");
        }
        if (failure instanceof NoHttpResponseException) {
            return Diagnosis.ours("4.4.2", "the connection to " + host + " broke off: closed without an answer");
        }
        return Diagnosis.ours("4.4.2", "the connection to " + host + " broke off: " + reason(failure));
    }

    private static boolean isOfConnecting(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof NoRouteToHostException
                || failure instanceof PortUnreachableException
                || failure instanceof ConnectTimeoutException
                || (failure instanceof SocketTimeoutException
                        && String.valueOf(failure.getMessage()).startsWith("Connect timed out"));
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        if (message == null) {
            return failure.getClass().getSimpleName();
        }
        if (failure instanceof HttpHostConnectException || failure instanceof ConnectTimeoutException) {
            // The client for HTTP writes: Connect to http://host:port [host/address] failed: reason
            message = message.substring(message.lastIndexOf(" failed: ") + 1).replaceFirst("^failed: ", "");
        }
        return message.isBlank() || ADDRESS.matcher(message).find()
                ? failure.getClass().getSimpleName()
                : Printable.line(message.strip(), MAX_REASON);
    }

    private static Optional<String> host(Throwable failure, Exchange exchange) {
        if (failure instanceof HttpHostConnectException connect && connect.getHost() != null) {
            return Optional.of(words(connect.getHost()));
        }
        if (failure instanceof ConnectTimeoutException connect && connect.getHost() != null) {
            return Optional.of(words(connect.getHost()));
        }
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof NoHttpResponseException) {
            Matcher said = HOST_AND_PORT.matcher(message);
            if (said.lookingAt() && message.startsWith(" failed to respond", said.end())) {
                return Optional.of(said.group());
            }
        }
        return ofHttp(failure, exchange).or(() -> {
            Matcher name = HOST_NAME.matcher(message);
            boolean isName = failure instanceof UnknownHostException
                    && name.lookingAt()
                    && (name.end() == message.length() || message.charAt(name.end()) == ':');
            return isName ? Optional.of(name.group()) : Optional.empty();
        });
    }

    private static String words(NamedEndpoint host) {
        return words(host.getHostName(), host.getPort());
    }

    private static String words(String name, int port) {
        String literal = name.indexOf(':') >= 0 && !name.startsWith("[") ? "[" + name + "]" : name;
        return port > 0 ? literal + ":" + port : literal;
    }

    /** The host of the last endpoint, if it is the client for HTTP that has thrown this. */
    private static Optional<String> ofHttp(Throwable failure, Exchange exchange) {
        boolean isOfClient = Stream.of(failure.getStackTrace())
                .anyMatch(frame -> frame.getClassName().startsWith("org.apache.hc."));
        @Nullable String endpoint = exchange.getProperty(Exchange.TO_ENDPOINT, String.class);
        if (!isOfClient || endpoint == null || !endpoint.startsWith("http")) {
            return Optional.empty();
        }
        try {
            // The options of the endpoint need not be those of an address, and may hold a password.
            URI uri = URI.create(endpoint.replaceFirst("\\?.*", ""));
            return Optional.ofNullable(uri.getHost()).map(name -> words(name, uri.getPort()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
