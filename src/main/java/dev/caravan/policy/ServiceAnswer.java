package dev.caravan.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Printable;
import dev.caravan.smtp.Reply;

/**
 * The answer of an HTTP service to a question about a message: {@code {"answer": "pass"}}, or refuse, defer, hold,
 * discard, with {@code status} and {@code text}. An empty answer means pass. An answer that cannot be understood defers
 * the message.
 */
public final class ServiceAnswer {
    /** The most octets of an answer that are read. */
    public static final int MAX_OCTETS = 64 * 1024;

    private static final int MAX_TEXT = 400;
    private static final ObjectMapper JSON = new ObjectMapper();
    /** The directory server failed (RFC 3463 §3.5). */
    private static final String SERVICE_FAILED = "4.4.3";

    private ServiceAnswer() {}

    /**
     * The verdict.
     *
     * @param code the HTTP status; only 2xx is an answer.
     * @param body JSON, or blank.
     */
    public static Verdict of(int code, String body) {
        if (code / 100 != 2) {
            return unknown("HTTP " + code);
        }
        if (body.isBlank()) {
            return Verdict.PASS;
        }
        try {
            JsonNode json = JSON.readTree(body);
            String text = Printable.line(json.path("text").asText(""), MAX_TEXT);
            return verdict(json.path("answer").asText(""), json.path("status").asText(""), text.strip());
        } catch (JsonProcessingException e) {
            return unknown("no JSON");
        }
    }

    /** The service did not answer. */
    public static Verdict unknown(String reason) {
        return new Verdict.Answer(Reply.of(
                451, SERVICE_FAILED, "cannot check this now, try again later (" + Printable.line(reason, 100) + ")"));
    }

    private static Verdict verdict(String answer, String status, String text) {
        return switch (answer) {
            case "pass" -> Verdict.PASS;
            case "refuse" ->
                new Verdict.Answer(
                        Reply.of(550, status(status, 5, "5.7.1"), text.isEmpty() ? "refused by policy" : text));
            case "defer" ->
                new Verdict.Answer(
                        Reply.of(451, status(status, 4, "4.7.1"), text.isEmpty() ? "try again later" : text));
            case "hold" -> new Verdict.Hold(text.isEmpty() ? "a service said so" : text);
            case "discard" -> new Verdict.Discard(text.isEmpty() ? "a service said so" : text);
            default -> unknown("unknown answer");
        };
    }

    /** The status that the service gave, if it is well-formed and of that class. */
    private static String status(String given, int kind, String standard) {
        return EnhancedStatus.leading(given)
                .filter(status -> status.kind() == kind && status.toString().equals(given))
                .map(EnhancedStatus::toString)
                .orElse(standard);
    }
}
