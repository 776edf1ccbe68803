package dev.caravan.camel;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an HTTP client is told.
 *
 * @param status 200 to 599.
 * @param type the media type of the content.
 * @param octets the content; shared, not copied.
 * @param fields other header fields.
 */
public record WebReply(int status, String type, byte[] octets, Map<String, String> fields) {
    private static final String JSON = "application/json";
    private static final int RETRY_SECONDS = 60;

    public WebReply {
        fields = Map.copyOf(fields);
    }

    /** A JSON object with one member. */
    static WebReply json(int status, String name, String value) {
        String text = "{\"" + name + "\":\""
                + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + "\"}\n";
        return new WebReply(status, JSON, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** The client did something wrong. */
    static WebReply refusal(int status, String reason) {
        return json(status, "error", reason);
    }

    /** We cannot do it now. */
    static WebReply later(String reason) {
        return refusal(503, reason).with("Retry-After", Integer.toString(RETRY_SECONDS));
    }

    WebReply with(String name, String value) {
        Map<String, String> more = new TreeMap<>(fields);
        more.put(name, value);
        return new WebReply(status, type, octets, more);
    }
}
