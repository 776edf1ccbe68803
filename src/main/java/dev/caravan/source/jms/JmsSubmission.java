package dev.caravan.source.jms;

import dev.caravan.broker.CompressedBody;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.QueueOf;
import dev.caravan.queue.QueueNames;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.MailObjectFactory.Origin;
import dev.caravan.source.message.AnnotatedPayload;
import dev.caravan.source.message.DsnOptions;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import dev.caravan.source.message.SubmittedForm;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/** A message that a JMS client put into {@code mail.submit}, as {@code docs/sources.md} describes it. */
public final class JmsSubmission {
    private static final String PROTOCOL = "JMS";

    private final Message message;

    public JmsSubmission(Message message) {
        this.message = message;
    }

    /** The submission. */
    public SubmittedForm handed() throws InvalidSubmissionException {
        try {
            if (message.getJMSExpiration() != 0) {
                throw unacceptable("a time to live (expected: none; the server gives mail up after five days)");
            }
            if (!CompressedBody.mayBeRead(message)) {
                throw new InvalidSubmissionException(
                        Fault.TOO_LARGE,
                        "a compressed body that says it is of more octets than it can be"
                                + " or may be (expected: at most " + CompressedBody.limit()
                                + " when it is decompressed)");
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

    /**
     * The client's name for the submission; two submissions with the same name are one message. Empty if there is none.
     *
     * @throws InvalidSubmissionException if the name is malformed.
     */
    Optional<String> idempotencyKey() throws InvalidSubmissionException {
        Optional<String> key = property("idempotencyKey");
        if (key.isPresent() && !key.get().matches("[ -~]{1,255}")) {
            throw unacceptable("malformed idempotencyKey (expected: 1 to 255 characters of printable ASCII)");
        }
        return key;
    }

    /**
     * The digest of everything that determines the message: the same key with a different digest is a different
     * message.
     */
    String digest() throws JMSException {
        MessageDigest digest = IdempotencyRecord.sha256();
        for (String name : List.of("contentType", "from", "to", "cc", "bcc", "subject", "notify", "ret")) {
            digest.update((name + ": " + property(name).orElse("") + "\n").getBytes(StandardCharsets.UTF_8));
        }
        for (String name : List.of("releaseAt", "priority")) {
            // Left out where there is none, as by releases that did not have them.
            property(name)
                    .ifPresent(value -> digest.update((name + ": " + value + "\n").getBytes(StandardCharsets.UTF_8)));
        }
        digest.update((correlationId().orElse("") + "\n").getBytes(StandardCharsets.UTF_8));
        if (message instanceof TextMessage text) {
            digest.update(Optional.ofNullable(text.getText()).orElse("").getBytes(StandardCharsets.UTF_8));
        } else {
            digest.update(MessageCopy.octets(message).orElse(new byte[0]));
        }
        return IdempotencyRecord.hex(digest.digest());
    }

    /** The origin of the submission. */
    Origin origin() throws InvalidSubmissionException {
        try {
            Destination replyTo = message.getJMSReplyTo();
            Optional<String> queue = replyQueue(message);
            if (replyTo != null && queue.isEmpty()) {
                throw unacceptable("JMSReplyTo " + replyTo
                        + " (expected: a queue that stays, without wildcards, and of mail.* only mail.events.*)");
            }
            return new Origin(PROTOCOL, Optional.empty(), queue);
        } catch (JMSException e) {
            throw new InvalidSubmissionException(Fault.MALFORMED, "JMSReplyTo cannot be read: " + e.getMessage());
        }
    }

    /** The queue in which the client of a message wants the results, if it is an allowed one. */
    static Optional<String> replyQueue(Message message) throws JMSException {
        return QueueOf.replies(message).filter(QueueNames::mayTakeEvents);
    }

    private SubmittedForm ofText(String text) throws InvalidSubmissionException {
        AnnotatedPayload payload = payload();
        String type = payload.type().orElseGet(() -> {
            if (payload.hasAny("to", "cc", "bcc")) {
                return AnnotatedPayload.TEXT;
            }
            if (AnnotatedPayload.isJson(text)) {
                return AnnotatedPayload.JSON;
            }
            return payload.hasAny("subject") ? AnnotatedPayload.TEXT : AnnotatedPayload.MAIL;
        });
        return payload.of(type, text);
    }

    private SubmittedForm ofOctets(byte[] octets) throws InvalidSubmissionException {
        AnnotatedPayload payload = payload();
        return payload.of(payload.typeOf(octets), octets);
    }

    private AnnotatedPayload payload() {
        return new AnnotatedPayload(this::property, dsnOptions());
    }

    private DsnOptions dsnOptions() {
        return new DsnOptions(
                correlationId(), property("notify"), property("ret"), property("releaseAt"), property("priority"));
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

    private static InvalidSubmissionException unacceptable(String reason) {
        return new InvalidSubmissionException(Fault.UNACCEPTABLE, reason);
    }

    private static InvalidSubmissionException unsupported(String reason) {
        return new InvalidSubmissionException(Fault.UNSUPPORTED, reason);
    }
}
