package dev.caravan.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the results of single recipients in the body of a positive answer:
 * {@code {"recipients": [{"recipient": "a@x.example", "status": "5.1.1", "text": "no such customer"}]}}. Any other body
 * has no results. A status that cannot be read defers its recipient.
 */
public final class RecipientAnswers {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final EnhancedStatus UNREADABLE = EnhancedStatus.of("4.5.0");

    private RecipientAnswers() {}

    /**
     * Reads a body.
     *
     * @param body the caller limits its length.
     * @param host the host that answered.
     * @return results of the recipients whose addresses can be read.
     */
    public static Map<ForwardPath, RecipientResult> read(String body, Optional<String> host) {
        Map<ForwardPath, RecipientResult> results = new HashMap<>();
        for (JsonNode answer : recipients(body)) {
            Optional<ForwardPath> recipient = path(answer.path("recipient").asText(""));
            EnhancedStatus status = status(answer.path("status").asText(""));
            Diagnosis said = new Diagnosis(
                    status, host, status + " " + answer.path("text").asText(""));
            recipient.ifPresent(path -> results.put(path, result(path, said)));
        }
        return results;
    }

    private static JsonNode recipients(String body) {
        try {
            return body.startsWith("{") ? JSON.readTree(body).path("recipients") : JSON.missingNode();
        } catch (JsonProcessingException e) {
            // The body is not about single recipients.
            return JSON.missingNode();
        }
    }

    private static Optional<ForwardPath> path(String address) {
        try {
            return Optional.of(ForwardPath.of(address));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static EnhancedStatus status(String text) {
        try {
            return EnhancedStatus.of(text);
        } catch (IllegalArgumentException e) {
            return UNREADABLE;
        }
    }

    private static RecipientResult result(ForwardPath path, Diagnosis said) {
        return switch (said.status().kind()) {
            case 2 -> new RecipientResult.Delivered(path, said, RecipientResult.Handling.FINAL);
            case 5 -> new RecipientResult.Failed(path, said);
            default -> new RecipientResult.Deferred(path, said);
        };
    }
}
