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

/** Reads the response of an HTTP server from an exchange of camel-http. */
public final class HttpDeliveryReply {
    /** The maximum octets of a response body that are read. */
    static final int MAX_BODY = 256 * 1024;

    private static final int MAX_WORDS = 200;

    private HttpDeliveryReply() {}

    /** The response on the message, if the last endpoint was an HTTP server. */
    public static Optional<HttpAnswer> answer(Exchange exchange) {
        Integer code = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class);
        String words = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_TEXT, String.class);
        return Optional.ofNullable(code)
                .map(known -> new HttpAnswer(known, words == null ? "" : words, Optional.empty()));
    }

    /** The response that camel-http has turned into an exception. */
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
        // A page for browsers is of no use to the sender of a message.
        return text.startsWith("<")
                ? ""
                : text.lines().findFirst().map(HttpDeliveryReply::cut).orElse("");
    }

    private static String cut(String line) {
        return line.length() > MAX_WORDS ? line.substring(0, MAX_WORDS) : line;
    }

    /** The beginning of the response body. */
    static String body(Exchange exchange) throws IOException {
        InputStream stream = exchange.getMessage().getBody(InputStream.class);
        return stream == null ? "" : new String(stream.readNBytes(MAX_BODY), StandardCharsets.UTF_8).strip();
    }
}
