package dev.caravan.broker;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.UnsupportedItemException;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Optional;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.util.ByteSequence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies messages: a received message is acknowledged by its own object, so another object must be sent. */
public final class MessageCopy {
    /** Far above every item with inline content: only another program can have sent a larger message. */
    private static final int MAX_OCTETS = 64 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(MessageCopy.class);

    private MessageCopy() {}

    /** A copy of an item as if this server sent it now: its octets and our properties. */
    public static BytesMessage of(Session session, BytesMessage message) throws JMSException {
        if (message instanceof ActiveMQBytesMessage received && !received.isCompressed() && areAllOurs(received)) {
            return shared(received);
        }
        BytesMessage copy = session.createBytesMessage();
        copy.writeBytes(octets(message).orElseThrow(() -> new JMSException("message too large")));
        try {
            Enumeration<?> names = message.getPropertyNames();
            for (Object name : Collections.list(names)) {
                String key = name.toString();
                if (isOurs(key)) {
                    copy.setObjectProperty(key, message.getObjectProperty(key));
                }
            }
        } catch (JMSException | RuntimeException e) {
            // Properties are for people: the item itself has all that is needed.
            LOG.debug("the properties of {} cannot be read: {}", message.getJMSMessageID(), e.toString());
        }
        return copy;
    }

    private static boolean areAllOurs(ActiveMQBytesMessage message) {
        try {
            return message.getGroupID() == null
                    && message.getProperties().keySet().stream().allMatch(MessageCopy::isOurs);
        } catch (IOException | RuntimeException e) {
            LOG.debug("the properties of {} cannot be read: {}", message.getMessageId(), e.toString());
            return false;
        }
    }

    /**
     * Octets and properties are not encoded again: they are not changed, and the retry scheduler copies thousands a
     * second.
     */
    private static BytesMessage shared(ActiveMQBytesMessage received) throws JMSException {
        ActiveMQBytesMessage copy = (ActiveMQBytesMessage) received.copy();
        copy.setRedeliveryCounter(0);
        copy.setOriginalDestination(null);
        copy.setCorrelationId(null);
        copy.setReplyTo(null);
        return copy;
    }

    /** A copy of a message of any kind, body and all, with the reason why it is set aside. */
    public static Message setAside(Message message, String reason) throws JMSException {
        return with(whole(message), "reason", reason);
    }

    /**
     * A copy of a waiting message, body, properties and all, for another queue.
     *
     * @param due until when it waits.
     * @param now when it is put there.
     */
    public static Message waiting(Message message, Instant due, Instant now) throws JMSException {
        ActiveMQMessage copy = whole(message);
        with(copy, ItemProperties.NEXT_ATTEMPT_AT, due.toEpochMilli());
        return with(copy, ItemProperties.QUEUED_AT, now.toEpochMilli());
    }

    /** A copy of a message of any kind, body, properties and all. */
    public static Message unchanged(Message message) throws JMSException {
        return whole(message);
    }

    /**
     * A message to be sent by a transaction that may be tried again: the broker may still know the one that was sent
     * before.
     */
    public static Message again(Message message) throws JMSException {
        return message instanceof ActiveMQMessage made ? (ActiveMQMessage) made.copy() : message;
    }

    /**
     * A copy of a message of any kind, body and all, with the time at which it was copied. One with a time in the
     * future was queued by a wrong clock, and is treated as queued now.
     */
    public static Message compacted(Message message, Instant at) throws JMSException {
        Message copy = with(whole(message), ItemProperties.COMPACTED_AT, at.toEpochMilli());
        boolean isFromTheFuture = DueTime.queuedAt(message).isAfter(at.plus(ClockWatch.TOLERANCE));
        return isFromTheFuture ? with((ActiveMQMessage) copy, ItemProperties.QUEUED_AT, at.toEpochMilli()) : copy;
    }

    /** A copy of a message of any kind, body and all, with the id of the pass that has seen it. */
    public static Message passed(Message message, String pass) throws JMSException {
        return with(whole(message), ItemProperties.PASSED_BY, pass);
    }

    /** A message with the body of another one of any kind, and nothing else of it. */
    public static Message bodyOf(Message message) throws JMSException {
        ActiveMQMessage copy = whole(message);
        copy.clearProperties();
        copy.setGroupID(null);
        copy.setGroupSequence(0);
        copy.setOriginalDestination(null);
        copy.setCorrelationId(null);
        copy.setReplyTo(null);
        copy.setType(null);
        return copy;
    }

    /** Sets a property without the API of the client library, which would decode the body of a bytes message first. */
    private static Message with(ActiveMQMessage copy, String name, Object value) throws JMSException {
        try {
            copy.setProperty(name, value);
            return copy;
        } catch (IOException e) {
            throw new JMSException("unreadable properties: " + e.getMessage());
        }
    }

    private static ActiveMQMessage whole(Message message) throws JMSException {
        if (!(message instanceof ActiveMQMessage received)) {
            throw new JMSException("not a message of this broker");
        }
        ActiveMQMessage copy = (ActiveMQMessage) received.copy();
        copy.setReadOnlyProperties(false);
        try {
            Enumeration<?> names = received.getPropertyNames();
            for (Object name : Collections.list(names)) {
                if (name.toString().startsWith("AMQ_")) {
                    // A scheduled delay would take the message out of the queue.
                    copy.removeProperty(name.toString());
                }
            }
        } catch (IOException | JMSException | RuntimeException e) {
            // Nothing can be added to properties that cannot be read; without them the rest of the message is kept.
            LOG.debug("the properties of {} cannot be read: {}", received.getMessageId(), e.toString());
            copy.setMarshalledProperties(null);
            copy.clearProperties();
        }
        // Clients of other programs reject at once what was redelivered often.
        copy.setRedeliveryCounter(0);
        return copy;
    }

    // Properties of the broker and its plugins (JMSX..., AMQ_..., dlq...) are about the old message.
    private static boolean isOurs(String key) {
        return !key.startsWith("JMS") && !key.startsWith("AMQ_") && !key.startsWith("dlq");
    }

    /**
     * The body of a message; empty if it is not a bytes message, is too large to be an item, or cannot be decoded, such
     * as one that is marked as compressed and is not.
     */
    public static Optional<byte[]> octets(Message message) {
        try {
            if (!(message instanceof BytesMessage received) || !CompressedBody.mayBeRead(received)) {
                return Optional.empty();
            }
            BytesMessage bytes = readable(received);
            if (bytes.getBodyLength() > MAX_OCTETS) {
                return Optional.empty();
            }
            byte[] octets = new byte[(int) bytes.getBodyLength()];
            bytes.reset();
            int read = bytes.readBytes(octets);
            // A body that ends before its stated length is incomplete.
            return octets.length == 0 || read == octets.length ? Optional.of(octets) : Optional.empty();
        } catch (JMSException | RuntimeException e) {
            LOG.debug("a body cannot be decoded: {}", e.toString());
            return Optional.empty();
        }
    }

    /**
     * Why this server cannot read the item in a message, which a newer server wrote; empty if it can, or if the message
     * is not an item.
     */
    public static Optional<UnsupportedItemException> unsupported(Message message) {
        try {
            Optional<byte[]> octets = octets(message);
            if (octets.isPresent()) {
                QueueItemFormat.nextHop(octets.get());
            }
            return Optional.empty();
        } catch (UnsupportedItemException e) {
            return Optional.of(e);
        }
    }

    /**
     * The beginning of the body of a message of the store, of bytes or of text.
     *
     * @param most octets or characters; greater than zero.
     * @return empty if it is neither, or cannot be decoded.
     */
    public static Optional<byte[]> head(Object message, int most) {
        try {
            if (message instanceof Message compressed && !CompressedBody.mayBeRead(compressed)) {
                return Optional.empty();
            }
            if (message instanceof BytesMessage received) {
                BytesMessage bytes = readable(received);
                bytes.reset();
                byte[] octets = new byte[(int) Math.min(most, bytes.getBodyLength())];
                int read = bytes.readBytes(octets);
                bytes.reset();
                return read < 0 ? Optional.empty() : Optional.of(Arrays.copyOf(octets, read));
            }
            if (message instanceof TextMessage text && text.getText() != null) {
                String head = text.getText();
                return Optional.of(
                        head.substring(0, Math.min(most, head.length())).getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (JMSException | RuntimeException e) {
            LOG.debug("a body cannot be decoded: {}", e.toString());
        }
        return Optional.empty();
    }

    /**
     * A copy with bounds of its own, since the client library moves the bounds of a compressed body that it cannot
     * inflate, and the body would be lost.
     */
    private static BytesMessage readable(BytesMessage message) {
        if (!(message instanceof ActiveMQBytesMessage received)
                || !received.isCompressed()
                || received.getContent() == null) {
            return message;
        }
        ByteSequence body = received.getContent();
        ActiveMQBytesMessage own = new ActiveMQBytesMessage();
        own.setContent(new ByteSequence(body.getData(), body.getOffset(), body.getLength()));
        own.setCompressed(true);
        own.setReadOnlyBody(true);
        return own;
    }

    /** The approximate octets of a message in memory, without decoding its body. */
    public static long size(Message message) {
        return message instanceof ActiveMQMessage received ? received.getSize() : 0;
    }
}
