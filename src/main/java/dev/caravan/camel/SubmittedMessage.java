package dev.caravan.camel;

import dev.caravan.camel.SourceIntake.Origin;
import dev.caravan.queue.QueueNames;
import dev.caravan.source.Handed;
import dev.caravan.source.InvalidSubmissionException;
import dev.caravan.source.InvalidSubmissionException.Fault;
import dev.caravan.source.Labelled;
import dev.caravan.source.Wishes;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQQueue;

/** What a JMS client put into {@code mail.submit}, as {@code docs/sources.md} describes it. */
final class SubmittedMessage {
    private static final String PROTOCOL = "JMS";

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
                    || !QueueNames.mayTakeEvents(queue.getPhysicalName())) {
                throw unacceptable("JMSReplyTo " + replyTo
                        + " (expected: a queue that stays, without wildcards, and of mail.* only mail.events.*)");
            }
            return new Origin(PROTOCOL, Optional.empty(), Optional.of(queue.getPhysicalName()));
        } catch (JMSException e) {
            throw new InvalidSubmissionException(Fault.MALFORMED, "JMSReplyTo cannot be read: " + e.getMessage());
        }
    }

    private Handed ofText(String text) throws InvalidSubmissionException {
        Labelled labelled = labelled();
        String type = labelled.type().orElseGet(() -> {
            if (property("to").isPresent()) {
                return Labelled.TEXT;
            }
            return Labelled.isJson(text) ? Labelled.JSON : Labelled.MAIL;
        });
        return labelled.of(type, text);
    }

    private Handed ofOctets(byte[] octets) throws InvalidSubmissionException {
        Labelled labelled = labelled();
        return labelled.of(labelled.type().orElse(Labelled.MAIL), octets);
    }

    private Labelled labelled() {
        return new Labelled(this::property, wishes());
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

    private static InvalidSubmissionException unacceptable(String reason) {
        return new InvalidSubmissionException(Fault.UNACCEPTABLE, reason);
    }

    private static InvalidSubmissionException unsupported(String reason) {
        return new InvalidSubmissionException(Fault.UNSUPPORTED, reason);
    }
}
