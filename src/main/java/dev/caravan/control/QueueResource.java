package dev.caravan.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueJson;
import dev.caravan.admin.QueueVerb;
import dev.caravan.control.QueueOperations.Scope;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResponse;
import dev.caravan.queue.QueueState;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The HTTP resources of the queues; {@code docs/queue.md} describes them for people who write programs. */
public final class QueueResource {
    /** The header field with the position of the next page or slice. */
    static final String NEXT = "Caravan-Next";

    private static final String LINES = "application/x-ndjson";
    private static final int MAX_LINES = 1000;
    private static final Pattern LIMIT = Pattern.compile("[0-9]{1,9}");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final QueueOperations operations;
    private final QueueActions actions;

    QueueResource(QueueOperations operations, QueueActions actions) {
        this.operations = operations;
        this.actions = actions;
    }

    /**
     * {@code GET /queue}: a page of items, each a JSON object on a line.
     *
     * @param inHand lists what is being delivered; empty where nothing is.
     */
    public static HttpResponse list(QueueListing queues, Optional<QueueListing> inHand, HttpRequest request)
            throws Exception {
        requireKnown(request, Set.of("limit", "after", "details"));
        boolean withDetails = request.parameters().containsKey("details");
        Set<QueueState> standard = withDetails ? EnumSet.allOf(QueueState.class) : QueueState.UNFINISHED;
        Map<String, List<String>> parameters = new HashMap<>(request.parameters());
        QueueListing listing = queues;
        if (takeInHand(parameters)) {
            if (!parameters.getOrDefault("state", List.of()).isEmpty()) {
                throw new IllegalArgumentException(
                        "mail in hand is listed by itself (expected: the state " + QueueJson.IN_HAND + " alone)");
            }
            listing = inHand.orElseThrow(() -> new IllegalArgumentException(
                    "a broker by itself delivers nothing (expected: the home of a server)"));
        }
        QueueFilter filter = QueueFilter.of(parameters, standard);
        QueueListing.Page page =
                listing.page(new QueueListing.Request(filter, request.parameter("after"), limit(request), withDetails));
        StringBuilder text = new StringBuilder();
        page.lines().forEach(line -> text.append(line).append('\n'));
        Map<String, String> fields = new TreeMap<>();
        page.next().ifPresent(next -> fields.put(NEXT, encoded(next)));
        listing.note().ifPresent(note -> fields.put("Caravan-Note", note));
        listing.count(filter).ifPresent(count -> fields.put("Caravan-Count", Long.toString(count)));
        return new HttpResponse(200, LINES, text.toString().getBytes(StandardCharsets.UTF_8), fields);
    }

    private static int limit(HttpRequest request) {
        Optional<String> limit = request.parameter("limit");
        if (limit.isPresent() && !LIMIT.matcher(limit.get()).matches()) {
            throw new IllegalArgumentException("limit (expected: a number)");
        }
        return Math.max(1, Math.min(MAX_LINES, limit.map(Integer::parseInt).orElse(MAX_LINES)));
    }

    /** {@code POST /queue/...}: a slice of a command. */
    HttpResponse run(QueueVerb verb, HttpRequest request) throws Exception {
        Set<String> others = new HashSet<>(Set.of("after", "all"));
        if (verb.takesReason()) {
            others.addAll(OperatorRequest.PARAMETERS);
        }
        requireKnown(request, others);
        Map<String, List<String>> parameters = new HashMap<>(request.parameters());
        boolean namesInHand = takeInHand(parameters);
        if (namesInHand && !verb.reachesDeliveries()) {
            throw new IllegalArgumentException(verb.word() + " leaves mail in hand alone (expected: another state)");
        }
        QueueFilter filter = QueueFilter.of(parameters, verb.states());
        boolean namesOthers = !parameters.getOrDefault("state", List.of()).isEmpty();
        // Who names parked mail only does not mean what is being delivered.
        boolean hasInHand =
                namesInHand || (verb.reachesDeliveries() && filter.states().contains(QueueState.ACTIVE));
        Scope scope = !hasInHand ? Scope.QUEUES : namesInHand && !namesOthers ? Scope.IN_HAND : Scope.BOTH;
        if (filter.isAll() && !request.parameters().containsKey("all")) {
            throw new IllegalArgumentException("no filter (expected: one, or all)");
        }
        QueueOperations.Part part = operations.run(
                actions.of(verb, filter, OperatorRequest.of(request)),
                request.parameter("after").map(PassCursor::of),
                scope);
        Map<String, Long> numbers = new TreeMap<>(Map.of("done", part.done(), "missed", part.missed()));
        if (part.refused() > 0) {
            numbers.put("refused", part.refused());
        }
        if (part.unsupported() > 0) {
            numbers.put("unsupported", part.unsupported());
        }
        HttpResponse reply = json(numbers);
        return part.next().isPresent()
                ? reply.with(NEXT, encoded(part.next().get().toString()))
                : reply;
    }

    /** Whether the state {@value QueueJson#IN_HAND} is named, which is that of no queue; it is removed from the parameters. */
    private static boolean takeInHand(Map<String, List<String>> parameters) {
        List<String> states = new ArrayList<>(parameters.getOrDefault("state", List.of()));
        boolean isNamed = states.removeIf(QueueJson.IN_HAND::equals);
        if (isNamed) {
            parameters.put("state", states);
        }
        return isNamed;
    }

    /** Encodes a position as the client must send it in the next request: a queue may have any name. */
    private static String encoded(String place) {
        return URLEncoder.encode(place, StandardCharsets.UTF_8);
    }

    private static HttpResponse json(Map<String, Long> numbers) throws JsonProcessingException {
        return new HttpResponse(200, "application/json", JSON.writeValueAsBytes(numbers), Map.of());
    }

    private static void requireKnown(HttpRequest request, Set<String> others) {
        Set<String> unknown = new HashSet<>(request.parameters().keySet());
        unknown.removeAll(QueueFilter.PARAMETERS);
        unknown.removeAll(others);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown parameter (expected: " + List.copyOf(others) + ", " + QueueFilter.PARAMETERS + ")");
        }
    }
}
