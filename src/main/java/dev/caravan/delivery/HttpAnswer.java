package dev.caravan.delivery;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The answer of an HTTP destination, and its meaning for a message. A status that points to a wrong configuration of
 * this server, or is unexplained, defers the message. Only a status about this message or recipient fails it.
 *
 * @param code the HTTP status (RFC 9110 §15).
 * @param words the reason phrase or the beginning of the body, for people; may be empty.
 * @param host the host that answered.
 */
public record HttpAnswer(int code, String words, Optional<String> host) {
    /** 401, 403 and 407 are about this server's credentials; the other failures may have ended by the next attempt. */
    private static final Set<Integer> DEFERRED_4XX = Set.of(401, 403, 407, 408, 409, 421, 423, 424, 425, 429);

    private static final Map<Integer, String> STATUSES = Map.ofEntries(
            Map.entry(401, "4.7.0"),
            Map.entry(403, "4.7.1"),
            Map.entry(407, "4.7.0"),
            Map.entry(408, "4.4.2"),
            Map.entry(429, "4.4.5"),
            Map.entry(503, "4.3.2"),
            Map.entry(504, "4.4.1"),
            Map.entry(507, "4.3.1"),
            Map.entry(400, "5.6.0"),
            Map.entry(404, "5.1.1"),
            Map.entry(410, "5.1.6"),
            Map.entry(413, "5.3.4"),
            Map.entry(415, "5.6.1"),
            Map.entry(422, "5.6.0"),
            Map.entry(451, "5.7.1"));

    /** Whether the destination accepted the message. */
    public boolean isSuccess() {
        return code / 100 == 2;
    }

    /** The result for a recipient. */
    public RecipientResult result(ForwardPath recipient) {
        Diagnosis diagnosis = new Diagnosis(status(), host, ("HTTP " + code + " " + words).strip());
        if (isSuccess()) {
            return new RecipientResult.Delivered(recipient, diagnosis, RecipientResult.Handling.FINAL);
        }
        return isFinal()
                ? new RecipientResult.Failed(recipient, diagnosis)
                : new RecipientResult.Deferred(recipient, diagnosis);
    }

    /** Whether the destination would give the same answer again, so that it is not asked again. */
    public boolean isFinal() {
        return code / 100 == 4 && !DEFERRED_4XX.contains(code);
    }

    private EnhancedStatus status() {
        String usual = isSuccess() ? "2.0.0" : isFinal() ? "5.3.0" : "4.3.0";
        return EnhancedStatus.of(STATUSES.getOrDefault(code, usual));
    }
}
