package dev.caravan.events;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Printable;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.queue.QueueItem;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An event as JSON: one object, ASCII only. {@code docs/events.md} says what each member means; unknown values are left
 * out.
 */
public final class EventJson {
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final int CODE_DIGITS = 3;
    private static final int MAX_TEXT = 500;

    private EventJson() {}

    /** The whole object on one line. */
    public static String of(OutcomeEvent event) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("event", event.kind().word());
            json.writeStringField("id", event.id());
            json.writeStringField("time", event.at().toString());
            mail(event.about().item(), event.at(), json);
            recipient(event.about(), json);
            if (event.said().isPresent()) {
                said(event.said().get(), json);
            }
            optional("nextAttemptAt", event.nextAttemptAt().map(Instant::toString), json);
            hosts(event.hosts(), json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /**
     * The event that a message of a JMS client cannot be sent, and was set aside.
     *
     * @param id the id of the event.
     * @param messageId its JMSMessageID.
     * @param correlationId its JMSCorrelationID, if it has one.
     */
    public static String ofInvalid(
            String id, Instant at, String messageId, Optional<String> correlationId, String reason) {
        StringWriter text = new StringWriter(256);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("event", "invalid");
            json.writeStringField("id", id);
            json.writeStringField("time", at.toString());
            json.writeStringField("messageId", Printable.line(messageId, MAX_TEXT));
            optional("envId", correlationId.map(value -> Printable.line(value, MAX_TEXT)), json);
            json.writeStringField("reply", Printable.line(reason, MAX_TEXT));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void mail(QueueItem item, Instant now, JsonGenerator json) throws IOException {
        MailObject mail = item.mail();
        json.writeStringField("mailId", mail.id().text());
        json.writeStringField("itemId", item.id().toString());
        optional("envId", mail.envelope().parameters().envelopeId(), json);
        json.writeStringField("sender", mail.envelope().reversePath().address());
        json.writeStringField("protocol", mail.arrival().protocol());
        ClientStory client = mail.arrival().client();
        optional("role", client.role(), json);
        optional("user", client.user(), json);
        optional("tls", mail.arrival().tls(), json);
        optional("serverName", client.serverName(), json);
        optional("clientCertificate", client.certificate(), json);
        json.writeStringField("arrivedAt", mail.arrival().at().toString());
        long millis = Duration.between(mail.arrival().at(), now).toMillis();
        // The clock of another server may be ahead of ours.
        json.writeNumberField("queueMillis", Math.max(0, millis));
    }

    private static void recipient(OutcomeEvent.Subject about, JsonGenerator json) throws IOException {
        json.writeStringField("recipient", about.recipient().path().address());
        if (about.recipient().original().isPresent()) {
            json.writeStringField(
                    "originalRecipientType", about.recipient().original().get().type());
            json.writeStringField(
                    "originalRecipient", about.recipient().original().get().address());
        }
        json.writeStringField("transport", about.item().nextHop().transport());
        json.writeStringField("nextHop", about.item().nextHop().destination());
        json.writeNumberField("attempt", about.attempt());
    }

    private static void said(Diagnosis diagnosis, JsonGenerator json) throws IOException {
        json.writeStringField("status", diagnosis.status().toString());
        optional("remote", diagnosis.remoteMta(), json);
        reply(diagnosis, json);
    }

    private static void hosts(List<HostAttempt> hosts, JsonGenerator json) throws IOException {
        if (hosts.isEmpty()) {
            return;
        }
        json.writeArrayFieldStart("hosts");
        for (HostAttempt host : hosts) {
            json.writeStartObject();
            json.writeStringField("host", host.host());
            json.writeStringField("address", host.address().getAddress().getHostAddress());
            json.writeNumberField("port", host.address().getPort());
            json.writeStringField("tls", host.tls().word());
            optional("cipher", host.tls().cipher(), json);
            if (host.tls().version().isPresent()) {
                json.writeBooleanField("verified", host.tls().isVerified());
            }
            optional("tlsNote", Optional.of(host.tls().note()).filter(note -> !note.isEmpty()), json);
            json.writeStringField("startedAt", host.at().toString());
            json.writeNumberField("millis", host.took().toMillis());
            for (RecipientResult answer : host.answers()) {
                json.writeStringField("status", answer.diagnosis().status().toString());
                reply(answer.diagnosis(), json);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void reply(Diagnosis diagnosis, JsonGenerator json) throws IOException {
        Optional<Integer> code = code(diagnosis.reply());
        if (code.isPresent()) {
            json.writeNumberField("code", code.get());
        }
        json.writeStringField("reply", diagnosis.said());
    }

    /** The three digits at the beginning of a peer's reply (RFC 5321 §4.2); texts of this server have none. */
    private static Optional<Integer> code(String reply) {
        int digits = 0;
        while (digits < reply.length() && digits <= CODE_DIGITS && Character.isDigit(reply.charAt(digits))) {
            digits++;
        }
        boolean isEnded = digits == reply.length() || reply.charAt(digits) == ' ' || reply.charAt(digits) == '-';
        return digits == CODE_DIGITS && isEnded
                ? Optional.of(Integer.parseInt(reply.substring(0, CODE_DIGITS)))
                : Optional.empty();
    }

    private static void optional(String name, Optional<String> value, JsonGenerator json) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(name, value.get());
        }
    }
}
