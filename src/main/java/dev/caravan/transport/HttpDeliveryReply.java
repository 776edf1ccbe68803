package dev.caravan.transport;

import dev.caravan.delivery.HttpAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.util.ObjectHelper;

/** What camel-http says of an exchange with an HTTP server. */
public final class HttpDeliveryReply {
    /** So much of an answer's body is read. */
    static final int MAX_BODY = 256 * 1024;

    private static final int MAX_WORDS = 200;

    private HttpDeliveryReply() {}

    /** The answer that is on the message, if the last endpoint was an HTTP server. */
    public static Optional<HttpAnswer> answer(Exchange exchange) {
        Integer code = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        String words = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_TEXT, String.class);
        return Optional.ofNullable(code)
                .map(known -> new HttpAnswer(known, words == null ? "" : words, Optional.empty()));
    }

    /** The answer that camel-http has made an exception of. */
    static Optional<HttpAnswer> answer(Throwable thrown) {
        HttpOperationFailedException failed = ObjectHelper.getException(HttpOperationFailedException.class, thrown);
        if (failed == null) {
            return Optional.empty();
        }
        String words = String.valueOf(failed.getStatusText()) + " " + beginning(failed.getResponseBody());
        return Optional.of(new HttpAnswer(failed.getStatusCode(), words, host(failed.getUri())));
    }

    /** Only the host: the rest of an address may hold a password. */
    private static Optional<String> host(String uri) {
        try {
            return Optional.ofNullable(URI.create(uri).getHost());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String beginning(String body) {
        String text = body == null ? "" : body.strip();
        // A page for browsers tells the sender of a mail nothing.
        return text.startsWith("<")
                ? ""
                : text.lines().findFirst().map(HttpDeliveryReply::cut).orElse("");
    }

    private static String cut(String line) {
        return line.length() > MAX_WORDS ? line.substring(0, MAX_WORDS) : line;
    }

    /** The beginning of the answer's body. */
    static String body(Exchange exchange) throws IOException {
        InputStream stream = exchange.getMessage().getBody(InputStream.class);
        return stream == null ? "" : new String(stream.readNBytes(MAX_BODY), StandardCharsets.UTF_8).strip();
    }
}
