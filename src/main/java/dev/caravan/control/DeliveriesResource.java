package dev.caravan.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.caravan.admin.QueueJson;
import dev.caravan.delivery.AttemptProgress.Seen;
import dev.caravan.delivery.AttemptProgress.Stage;
import dev.caravan.delivery.PacingSnapshot;
import dev.caravan.delivery.PacingSnapshot.Destination;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResponse;
import dev.caravan.settle.DeliveriesInHand;
import dev.caravan.settle.DeliveriesInHand.Hand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * {@code GET /deliveries}: what this server is delivering, as one JSON object for {@code caravan top}; {@code
 * docs/queue.md} describes the members. All texts are printable ASCII.
 */
final class DeliveriesResource {
    static final String PATH = "/deliveries";

    private static final int MOST = 1000;
    private static final int USUAL = 20;
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final DeliveriesInHand inHand;
    private final Supplier<PacingSnapshot> pacing;
    private final Clock clock;

    /** @param pacing what runs and waits by SMTP. */
    DeliveriesResource(DeliveriesInHand inHand, Supplier<PacingSnapshot> pacing, Clock clock) {
        this.pacing = pacing;
        this.inHand = inHand;
        this.clock = clock;
    }

    /** What one attempt does for one of its destinations. */
    private record Part(Hand hand, Seen seen) {}

    /** Answers a request; {@code limit} is the number of attempts and of destinations that are listed, 1 to 1000. */
    HttpResponse answer(HttpRequest request) throws IOException {
        if (!Set.of("limit").containsAll(request.parameters().keySet())) {
            throw new IllegalArgumentException("unknown parameter (expected: limit)");
        }
        int limit = limit(request);
        List<Hand> hands = new ArrayList<>(inHand.all());
        hands.sort(Comparator.comparingLong(Hand::number));
        List<Part> parts = new ArrayList<>();
        hands.forEach(hand -> hand.progress().seen().forEach(seen -> parts.add(new Part(hand, seen))));
        Instant now = clock.instant();
        ByteArrayOutputStream octets = new ByteArrayOutputStream(16 * 1024);
        try (JsonGenerator json = JSON.createGenerator(octets)) {
            json.writeStartObject();
            json.writeStringField("at", now.toString());
            json.writeNumberField("inHand", hands.size());
            stages(parts, json);
            destinations(pacing.get().destinations(), limit, json);
            attempts(parts, limit, now, json);
            json.writeEndObject();
        }
        return new HttpResponse(200, "application/json", octets.toByteArray(), Map.of("Cache-Control", "no-store"));
    }

    private static int limit(HttpRequest request) {
        String given = request.parameter("limit").orElse(Integer.toString(USUAL));
        if (!given.matches("[0-9]{1,4}") || Integer.parseInt(given) < 1 || Integer.parseInt(given) > MOST) {
            throw new IllegalArgumentException("limit (expected: 1 to " + MOST + ")");
        }
        return Integer.parseInt(given);
    }

    private static void stages(List<Part> parts, JsonGenerator json) throws IOException {
        Map<Stage, Integer> counts = new EnumMap<>(Stage.class);
        parts.forEach(part -> counts.merge(part.seen().stage(), 1, Integer::sum));
        json.writeObjectFieldStart("stages");
        for (Map.Entry<Stage, Integer> stage : counts.entrySet()) {
            json.writeNumberField(stage.getKey().words(), stage.getValue());
        }
        json.writeEndObject();
    }

    private static void destinations(List<Destination> all, int limit, JsonGenerator json) throws IOException {
        List<Destination> most = all.stream()
                .sorted(Comparator.comparingInt((Destination one) -> -one.running() - one.waiting())
                        .thenComparing(Destination::name))
                .limit(limit)
                .toList();
        json.writeNumberField("destinationsInHand", all.size());
        json.writeArrayFieldStart("destinations");
        for (Destination one : most) {
            json.writeStartObject();
            json.writeStringField("destination", one.name());
            json.writeNumberField("running", one.running());
            json.writeNumberField("waiting", one.waiting());
            json.writeNumberField("limit", one.limit());
            json.writeStringField("why", one.why());
            json.writeStringField("speed", one.speed());
            if (!one.lastReply().isEmpty()) {
                json.writeStringField("lastReply", one.lastReply());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void attempts(List<Part> parts, int limit, Instant now, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("attempts");
        for (Part part : parts.subList(0, Math.min(limit, parts.size()))) {
            json.writeStartObject();
            json.writeStringField("id", part.hand().item().id().toString());
            json.writeStringField("transport", part.hand().transport());
            json.writeStringField(
                    "began", now.minus(part.hand().progress().age()).toString());
            QueueJson.delivery(part.seen(), now, json);
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
