package dev.caravan.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A response to an HTTP client.
 *
 * @param status 200 to 599.
 * @param type the media type of the content.
 * @param octets the content; not copied.
 * @param fields other header fields.
 */
public record HttpResponse(int status, String type, byte[] octets, Map<String, String> fields) {
    /** The reason of a 503 for a fault of the server, of which the client learns no more. */
    public static final String TROUBLE = "trouble on our side, try again later";

    private static final String JSON = "application/json";
    private static final int RETRY_SECONDS = 60;

    public HttpResponse {
        fields = Map.copyOf(fields);
    }

    /** A JSON object with one member. */
    public static HttpResponse json(int status, String name, String value) {
        return json(status, Map.of(name, value));
    }

    private static HttpResponse json(int status, Map<String, String> members) {
        String text = members.entrySet().stream()
                .map(member -> quoted(member.getKey()) + ":" + quoted(member.getValue()))
                .collect(Collectors.joining(",", "{", "}\n"));
        return new HttpResponse(status, JSON, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    /**
     * The answer 202 after a message is stored.
     *
     * @param id Caravan's id of the message.
     * @param messageId the value of its field Message-ID, without angle brackets; empty if unknown.
     */
    public static HttpResponse accepted(String id, Optional<String> messageId) {
        Map<String, String> members = new TreeMap<>(Map.of("id", id));
        messageId.ifPresent(known -> members.put("messageId", "<" + known + ">"));
        return json(202, members);
    }

    /** A refusal of a request that the client should not repeat unchanged. */
    public static HttpResponse refusal(int status, String reason) {
        return json(status, "error", reason);
    }

    /** The answer 503: the client should try again later. */
    public static HttpResponse later(String reason) {
        return refusal(503, reason).with("Retry-After", Integer.toString(RETRY_SECONDS));
    }

    public HttpResponse with(String name, String value) {
        Map<String, String> more = new TreeMap<>(fields);
        more.put(name, value);
        return new HttpResponse(status, type, octets, more);
    }
}
