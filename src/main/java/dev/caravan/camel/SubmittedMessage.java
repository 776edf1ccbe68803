package dev.caravan.camel;

import dev.caravan.camel.SourceIntake.Origin;
import dev.caravan.source.GivenEnvelope;
import dev.caravan.source.Handed;
import dev.caravan.source.InvalidSubmissionException;
import dev.caravan.source.InvalidSubmissionException.Fault;
import dev.caravan.source.Wishes;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.activemq.command.ActiveMQQueue;

/** What a JMS client put into {@code mail.submit}, as {@code docs/sources.md} describes it. */
final class SubmittedMessage {
    private static final String PROTOCOL = "JMS";
    private static final String MAIL = "message/rfc822";
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain";
    /** A queue of the client's: no wildcard, no list, no option, and none of ours. */
    private static final Pattern QUEUE = Pattern.compile("(?!(?i:mail|ActiveMQ)\\.)[A-Za-z0-9._/$#@-]{1,255}");

    private final Message message;

    SubmittedMessage(Message message) {
        this.message = message;
    }

    /** What was handed in. */
    Handed handed() throws InvalidSubmissionException {
        try {
            if (message.getJMSExpiration() != 0) {
                throw unacceptable("a time to live (expected: none; the server gives mail up after five days)");
            }
            if (message instanceof TextMessage text) {
                return ofText(Optional.ofNullable(text.getText()).orElse(""));
            }
            byte[] octets = MessageCopy.octets(message)
                    .orElseThrow(() -> unsupported("the message (expected: a TextMessage or BytesMessage)"));
            return ofOctets(octets);
        } catch (JMSException e) {
            throw new InvalidSubmissionException(Fault.MALFORMED, "the message cannot be read: " + e.getMessage());
        }
    }

    /** How it came. */
    Origin origin() throws InvalidSubmissionException {
        try {
            Destination replyTo = message.getJMSReplyTo();
            if (replyTo == null) {
                return Origin.of(PROTOCOL);
            }
            if (!(replyTo instanceof ActiveMQQueue queue)
                    || queue.isComposite()
                    || !QUEUE.matcher(queue.getPhysicalName()).matches()) {
                throw unacceptable("JMSReplyTo " + replyTo
                        + " (expected: a queue that stays, without wildcards, and not one of mail.*)");
            }
            return new Origin(PROTOCOL, Optional.empty(), Optional.of(queue.getPhysicalName()));
        } catch (JMSException e) {
            throw new InvalidSubmissionException(Fault.MALFORMED, "JMSReplyTo cannot be read: " + e.getMessage());
        }
    }

    private Handed ofText(String text) throws InvalidSubmissionException {
        String type = contentType().orElseGet(() -> {
            if (property("to").isPresent()) {
                return TEXT;
            }
            return text.stripLeading().startsWith("{") ? JSON : MAIL;
        });
        return type.equals(TEXT) ? plain(text) : of(type, text.getBytes(StandardCharsets.UTF_8));
    }

    private Handed ofOctets(byte[] octets) throws InvalidSubmissionException {
        String type = contentType().orElse(MAIL);
        return type.equals(TEXT) ? plain(new String(octets, StandardCharsets.UTF_8)) : of(type, octets);
    }

    private Handed of(String type, byte[] octets) throws InvalidSubmissionException {
        return switch (type) {
            case MAIL ->
                new Handed.Whole(
                        new ByteArrayInputStream(octets), new GivenEnvelope(property("from"), list("to"), wishes()));
            case JSON -> new Handed.Json(new ByteArrayInputStream(octets), wishes());
            default ->
                throw unsupported("contentType " + type + " (expected: " + MAIL + ", " + JSON + " or " + TEXT + ")");
        };
    }

    private Handed plain(String text) throws InvalidSubmissionException {
        return new Handed.Text(
                text,
                property("from").orElseThrow(() -> unacceptable("no property from (expected: an address)")),
                list("to"),
                list("cc"),
                list("bcc"),
                property("subject"),
                wishes());
    }

    private Optional<String> contentType() {
        return property("contentType")
                .map(type -> type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT));
    }

    private Wishes wishes() {
        return new Wishes(correlationId(), property("notify"), property("ret"));
    }

    private Optional<String> correlationId() {
        try {
            return Optional.ofNullable(message.getJMSCorrelationID()).filter(id -> !id.isEmpty());
        } catch (JMSException e) {
            return Optional.empty();
        }
    }

    private Optional<String> property(String name) {
        return ItemProperties.text(message, name);
    }

    private List<String> list(String name) {
        return property(name).map(List::of).orElse(List.of());
    }

    private static InvalidSubmissionException unacceptable(String reason) {
        return new InvalidSubmissionException(Fault.UNACCEPTABLE, reason);
    }

    private static InvalidSubmissionException unsupported(String reason) {
        return new InvalidSubmissionException(Fault.UNSUPPORTED, reason);
    }
}
