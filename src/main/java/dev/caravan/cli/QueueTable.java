package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Prints messages in the columns of Postfix's {@code mailq}, which programs read: id, size, arrival, sender; below, for each
 * recipient, the last status in parentheses and the address. After the id is {@code *} if the message is due or in delivery,
 * {@code !} if it is held.
 */
final class QueueTable {
    private static final DateTimeFormatter ARRIVAL = DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter SOON = DateTimeFormatter.ofPattern("MMM dd HH:mm:ss", Locale.ROOT);
    private static final String RECIPIENT = " ".repeat(48);
    private static final int KILO = 1024;

    private final PrintWriter out;
    private long rows;
    private long octets;

    QueueTable(PrintWriter out) {
        this.out = out;
    }

    void add(JsonNode item) {
        if (rows == 0) {
            out.println("-Queue ID-        --Size-- ----Arrival Time---- -Sender/Recipient-------");
        }
        rows++;
        octets += item.path("size").asLong();
        String state = item.path("state").asText();
        out.println(String.format(
                Locale.ROOT,
                "%-17s %8s %20s %s",
                item.path("mailId").asText("?") + mark(state),
                item.path("size").asText("?"),
                item.has("arrivedAt") ? at(item.path("arrivedAt").asText(), ARRIVAL) : "?",
                sender(item)));
        if (item.has("unsupported")) {
            out.println("(" + state + ", for a newer server: "
                    + item.path("unsupported").asText() + ")");
        }
        for (JsonNode delivery : item.path("deliveries")) {
            out.println("(" + delivery(delivery) + ")");
        }
        for (JsonNode recipient : item.path("recipients")) {
            String status = status(item, recipient);
            if (!status.isEmpty()) {
                out.println("(" + status + ")");
            }
            out.println(RECIPIENT + recipient.path("recipient").asText());
        }
        out.println();
    }

    private static String sender(JsonNode item) {
        if (!item.has("sender")) {
            return "?";
        }
        String sender = item.path("sender").asText();
        // Postfix prints the reverse-path of a report so.
        return sender.isEmpty() ? "MAILER-DAEMON" : sender;
    }

    private static String mark(String state) {
        return switch (state) {
            case "active", "in-hand" -> "*";
            case "held" -> "!";
            default -> "";
        };
    }

    private static String status(JsonNode item, JsonNode recipient) {
        String state = item.path("state").asText();
        int attempts = item.path("attempts").asInt();
        StringBuilder status = new StringBuilder();
        if (state.equals("in-hand")) {
            return "";
        }
        if (attempts > 0 || !state.equals("active")) {
            status.append(state);
        }
        if (item.has("heldBy")) {
            status.append(" by ").append(item.path("heldBy").asText());
            status.append(": ").append(item.path("heldReason").asText());
        }
        if (attempts > 0) {
            status.append(attempts == 1 ? ", 1 attempt" : ", " + attempts + " attempts");
        }
        if (item.has("nextAttemptAt") && state.equals("deferred")) {
            status.append(", next ").append(at(item.path("nextAttemptAt").asText(), SOON));
        }
        if (recipient.has("reply")) {
            status.append(status.length() == 0 ? "" : ": ")
                    .append(recipient.path("reply").asText().replace('\n', ' '));
        }
        return status.toString();
    }

    private static String delivery(JsonNode delivery) {
        StringBuilder text = new StringBuilder(delivery.path("stage").asText());
        text.append(" since ").append(at(delivery.path("stageBegan").asText(), SOON));
        for (String member : List.of("destination", "host", "address")) {
            if (delivery.has(member)) {
                text.append(member.equals("destination") ? ": " : " ")
                        .append(delivery.path(member).asText());
            }
        }
        return text.toString();
    }

    private static String at(String instant, DateTimeFormatter form) {
        return form.format(Instant.parse(instant).atZone(ZoneId.systemDefault()));
    }

    /**
     * Prints the last line, with the totals.
     *
     * @param all the number of all messages, if more than were printed.
     */
    void end(Optional<Long> all) {
        if (rows == 0) {
            out.println("Mail queue is empty");
            return;
        }
        long requests = all.orElse(rows);
        long kilo = (octets + KILO - 1) / KILO;
        out.println("-- " + kilo + " Kbytes in " + requests + (requests == 1 ? " Request." : " Requests."));
    }
}
