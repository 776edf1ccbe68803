package dev.caravan.scan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;

/**
 * The answer of rspamd, read from the JSON of its {@code /checkv2}.
 *
 * @param action the action that rspamd advises for the message.
 * @param score the spam score; its scale depends on rspamd's configuration.
 */
public record RspamdAnswer(Action action, double score) {
    /** The maximum octets of an answer that are read. */
    public static final int MAX_OCTETS = 1024 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The actions of rspamd; any other answer is {@link #UNKNOWN}. */
    public enum Action {
        NO_ACTION,
        ADD_HEADER,
        REWRITE_SUBJECT,
        GREYLIST,
        SOFT_REJECT,
        REJECT,
        UNKNOWN
    }

    private static final RspamdAnswer NONE = new RspamdAnswer(Action.UNKNOWN, 0);

    /**
     * Reads an answer.
     *
     * @param code the HTTP status; any other than 200 means that there is no answer.
     */
    public static RspamdAnswer of(int code, String body) {
        if (code != 200) {
            return NONE;
        }
        try {
            JsonNode json = JSON.readTree(body);
            return new RspamdAnswer(
                    action(json.path("action").asText("")), json.path("score").asDouble(0));
        } catch (JsonProcessingException e) {
            return NONE;
        }
    }

    private static Action action(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "no action" -> Action.NO_ACTION;
            case "add header" -> Action.ADD_HEADER;
            case "rewrite subject" -> Action.REWRITE_SUBJECT;
            case "greylist" -> Action.GREYLIST;
            case "soft reject" -> Action.SOFT_REJECT;
            case "reject" -> Action.REJECT;
            default -> Action.UNKNOWN;
        };
    }

    /** The score with two decimal places. */
    public String shownScore() {
        return String.format(Locale.ROOT, "%.2f", score);
    }
}
