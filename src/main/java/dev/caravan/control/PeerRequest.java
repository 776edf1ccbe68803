package dev.caravan.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueVerb;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A command on what servers are delivering, as one server sends it to the others: a JSON object. What comes from the
 * broker is read strictly.
 *
 * @param server which server asks.
 */
record PeerRequest(String server, QueueVerb verb, QueueFilter filter, OperatorRequest request) {
    /** The most characters of a request; one with as many ids as a filter may have is a tenth of that. */
    static final int MAX_LENGTH = 256 * 1024;

    private static final int VERSION = 1;
    private static final int MAX_TEXT = 2048;
    private static final Set<String> TEXTS = Set.of("server", "verb", "by", "reason", "from", "to", "domain", "user");
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** The text that {@link #parse} reads. */
    String text() {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", VERSION);
        json.put("server", server);
        json.put("verb", verb.word());
        json.put("by", request.by());
        json.put("reason", request.reason());
        filter.ids().forEach(json.putArray("id")::add);
        filter.from().ifPresent(from -> json.put("from", from.isEmpty() ? "<>" : from));
        filter.to().ifPresent(to -> json.put("to", to));
        filter.domain().ifPresent(domain -> json.put("domain", domain));
        filter.user().ifPresent(user -> json.put("user", user));
        return json.toString();
    }

    /**
     * Reads a request.
     *
     * @throws IllegalArgumentException if anything in it is not as {@link #text} writes it.
     */
    static PeerRequest parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(text.length() + " characters (expected: <= " + MAX_LENGTH + ")");
        }
        JsonNode json;
        try {
            json = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no JSON", e);
        }
        if (!json.isObject()
                || !json.path("version").isInt()
                || json.path("version").intValue() != VERSION) {
            throw new IllegalArgumentException("no request of version " + VERSION);
        }
        Set<String> unknown = new TreeSet<>();
        json.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(TEXTS);
        unknown.removeAll(Set.of("version", "id"));
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown members");
        }
        for (String name : TEXTS) {
            JsonNode member = json.path(name);
            if (!member.isMissingNode()
                    && (!member.isTextual() || member.textValue().length() > MAX_TEXT)) {
                throw new IllegalArgumentException(name + " is no text, or too long");
            }
        }
        QueueVerb verb = verb(json.path("verb").asText());
        Map<String, List<String>> parameters = new HashMap<>();
        parameters.put("id", ids(json.path("id")));
        for (String name : List.of("from", "to", "domain", "user")) {
            if (json.has(name)) {
                parameters.put(name, List.of(json.path(name).asText()));
            }
        }
        return new PeerRequest(
                json.path("server").asText(),
                verb,
                QueueFilter.of(parameters, verb.states()),
                new OperatorRequest(
                        json.path("by").asText(), json.path("reason").asText()));
    }

    private static QueueVerb verb(String word) {
        return Arrays.stream(QueueVerb.values())
                .filter(verb -> verb.reachesDeliveries() && verb.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no verb that reaches deliveries"));
    }

    private static List<String> ids(JsonNode array) {
        List<String> ids = new ArrayList<>();
        for (JsonNode id : array) {
            if (!id.isTextual()) {
                throw new IllegalArgumentException("id is no text");
            }
            ids.add(id.textValue());
        }
        return ids;
    }
}
