package dev.caravan.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.caravan.delivery.AttemptProgress.Seen;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.QueueState;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.UnsupportedItemException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A queued item as JSON: one object on one line, ASCII only. {@code docs/queue.md} describes the members;
 * a member without a value is left out.
 */
public final class QueueJson {
    /** The state of mail that is being delivered, which is in no queue that others can read. */
    public static final String IN_HAND = "in-hand";

    /** The maximum octets of a message's header that are shown. */
    static final int MAX_HEADER = 16 * 1024;

    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private QueueJson() {}

    /** The line of an item in a listing. */
    public static String line(String queue, QueueItem item) {
        return written(queue, item, false);
    }

    /** All that is known of an item, with the beginning of the message's header if it can be read. */
    public static String details(String queue, QueueItem item) {
        return written(queue, item, true);
    }

    /**
     * The line of an item that is being delivered.
     *
     * @param queue where it was taken from.
     * @param begun when its delivery began.
     * @param now when it was seen.
     * @param seen what the delivery does, for each of its destinations.
     */
    public static String inHand(String queue, QueueItem item, Instant begun, Instant now, List<Seen> seen) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            place(queue, item, Optional.of(IN_HAND), json);
            json.writeStringField("deliveryBegan", millis(begun));
            json.writeArrayFieldStart("deliveries");
            for (Seen one : seen) {
                json.writeStartObject();
                delivery(one, now, json);
                json.writeEndObject();
            }
            json.writeEndArray();
            recipients(item, json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Adds what a delivery does to the object that is open. */
    public static void delivery(Seen seen, Instant now, JsonGenerator json) throws IOException {
        if (!seen.destination().isEmpty()) {
            json.writeStringField("destination", seen.destination());
        }
        optional("host", seen.host(), json);
        optional("address", seen.address().map(QueueJson::address), json);
        json.writeStringField("stage", seen.stage().words());
        json.writeStringField("stageBegan", millis(now.minus(seen.inStage())));
    }

    private static String address(InetSocketAddress address) {
        String ip = address.getAddress() == null ? "?" : address.getAddress().getHostAddress();
        return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + address.getPort();
    }

    private static String millis(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /**
     * The line of an item that only a newer server understands.
     *
     * @param known what else is known of it: texts and numbers by the names of their members.
     */
    public static String unsupported(String queue, UnsupportedItemException reason, Map<String, Object> known) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            optional("id", reason.id().map(ItemId::toString), json);
            optional("mailId", reason.id().map(id -> id.mail().text()), json);
            optional("state", QueueState.of(queue).map(QueueState::word), json);
            json.writeStringField("queue", queue);
            for (Map.Entry<String, Object> member : known.entrySet()) {
                if (member.getValue() instanceof Long number) {
                    json.writeNumberField(member.getKey(), number);
                } else {
                    json.writeStringField(member.getKey(), member.getValue().toString());
                }
            }
            json.writeStringField("unsupported", String.valueOf(reason.getMessage()));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static String written(String queue, QueueItem item, boolean withDetails) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            place(queue, item, QueueState.of(queue).map(QueueState::word), json);
            if (queue.equals(QueueNames.HOLD) && item.attributes().hold().isPresent()) {
                hold(item.attributes().hold().get(), json);
            }
            if (withDetails) {
                arrival(item.mail(), json);
            }
            recipients(item, json);
            if (withDetails) {
                log(item.progress(), json);
                header(item.mail(), json);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void recipients(QueueItem item, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("recipients");
        for (Recipient recipient : item.recipients()) {
            recipient(recipient, item.progress().of(recipient.path()), json);
        }
        json.writeEndArray();
    }

    private static void place(String queue, QueueItem item, Optional<String> state, JsonGenerator json)
            throws IOException {
        MailObject mail = item.mail();
        json.writeStringField("id", item.id().toString());
        json.writeStringField("mailId", mail.id().text());
        optional("state", state, json);
        json.writeStringField("queue", queue);
        json.writeStringField("arrivedAt", mail.arrival().at().toString());
        json.writeNumberField("size", mail.content().size());
        json.writeStringField("sender", mail.envelope().reversePath().address());
        optional("envId", mail.envelope().parameters().envelopeId(), json);
        json.writeStringField("transport", item.nextHop().transport());
        json.writeStringField("nextHop", item.nextHop().destination());
        json.writeNumberField("attempts", item.progress().attempts());
        optional("nextAttemptAt", item.progress().nextAttemptAt().map(Instant::toString), json);
    }

    private static void hold(Hold hold, JsonGenerator json) throws IOException {
        json.writeStringField("heldAt", hold.at().toString());
        json.writeStringField("heldBy", hold.by());
        json.writeStringField("heldReason", hold.reason());
    }

    private static void arrival(MailObject mail, JsonGenerator json) throws IOException {
        json.writeStringField("protocol", mail.arrival().protocol());
        json.writeStringField("helo", mail.arrival().helo());
        optional("client", mail.arrival().remote().map(address -> address.getHostAddress()), json);
        optional("tls", mail.arrival().tls(), json);
        ClientStory client = mail.arrival().client();
        optional("role", client.role(), json);
        optional("user", client.user(), json);
        optional("serverName", client.serverName(), json);
        optional("clientCertificate", client.certificate(), json);
        optional("outcomesTo", mail.arrival().outcomesTo(), json);
    }

    private static void recipient(Recipient recipient, RecipientProgress state, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("recipient", recipient.path().address());
        optional("originalRecipient", recipient.original().map(original -> original.address()), json);
        json.writeBooleanField("warned", state.warned());
        if (state.last().isPresent()) {
            Diagnosis last = state.last().get();
            json.writeStringField("status", last.status().toString());
            optional("remote", last.remoteMta(), json);
            json.writeStringField("reply", last.said());
        }
        json.writeEndObject();
    }

    private static void log(Progress progress, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("attemptLog");
        for (Attempt attempt : progress.log()) {
            json.writeStartObject();
            json.writeStringField("at", attempt.at().toString());
            json.writeStringField("remote", attempt.remote());
            json.writeStringField("reply", attempt.reply());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** If the content cannot be read, the member {@code headerMissing} says why; the rest is still useful. */
    private static void header(MailObject mail, JsonGenerator json) throws IOException {
        try {
            byte[] octets = HeaderSection.of(mail.content()).octets();
            int shown = Math.min(octets.length, MAX_HEADER);
            json.writeStringField("header", new String(octets, 0, shown, StandardCharsets.UTF_8));
            json.writeBooleanField("headerIsWhole", shown == octets.length);
        } catch (java.nio.file.FileSystemException e) {
            json.writeStringField("headerMissing", e.toString());
        }
    }

    private static void optional(String name, Optional<String> value, JsonGenerator json) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(name, value.get());
        }
    }
}
