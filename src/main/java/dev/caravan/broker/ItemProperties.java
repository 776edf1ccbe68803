package dev.caravan.broker;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.Printable;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The JMS properties of an item, for people and selectors. They are written with the item. Only the times, the
 * transport and the return queue are read again, by the retry scheduler; a wrong value can at most make a message be tried early.
 */
public final class ItemProperties {
    public static final String ITEM_ID = "itemId";
    public static final String MAIL_ID = "mailId";
    static final String TRANSPORT = "transport";
    public static final String QUEUED_AT = "queuedAt";
    public static final String NEXT_ATTEMPT_AT = "nextAttemptAt";
    /** When a message was copied out of an old journal file; the property keeps its first name for older servers. */
    public static final String COMPACTED_AT = "renewedAt";
    /** The id of the last pass of an operator's command that has seen a message; see {@link QueueRotation}. */
    public static final String PASSED_BY = "passedBy";
    /** The queue to which the retry scheduler moves a waiting item; without it, the queue of its transport. */
    public static final String RETURN_TO = "returnTo";

    private static final int MAX_SHOWN = 512;

    private ItemProperties() {}

    /** All properties of an item that is stored now. */
    public static Map<String, Object> of(QueueItem item, Instant now) {
        MailObject mail = item.mail();
        Progress progress = item.progress();
        Map<String, Object> properties = new HashMap<>(24);
        properties.put(ITEM_ID, item.id().toString());
        properties.put(MAIL_ID, mail.id().text());
        properties.put("sender", mail.envelope().reversePath().address());
        properties.put("recipients", mail.envelope().recipients().size());
        properties.put("domain", item.nextHop().destination());
        properties.put(TRANSPORT, item.nextHop().transport());
        properties.put("attempts", progress.attempts());
        properties.put("arrivedAt", mail.arrival().at().toEpochMilli());
        properties.put("size", mail.content().size());
        properties.put(QUEUED_AT, now.toEpochMilli());
        progress.nextAttemptAt().ifPresent(at -> properties.put(NEXT_ATTEMPT_AT, at.toEpochMilli()));
        item.attributes().hold().ifPresent(hold -> properties.put("heldReason", hold.reason()));
        lastReply(item).ifPresent(reply -> properties.put("lastReply", reply));
        return properties;
    }

    /**
     * What the properties of a message say of an item that cannot be read, by the names that operators know; only
     * hints, since any program can set properties.
     */
    public static Map<String, Object> known(Message message) {
        Map<String, Object> known = new LinkedHashMap<>();
        number(message, "arrivedAt")
                .ifPresent(at -> known.put("arrivedAt", Instant.ofEpochMilli(at).toString()));
        number(message, "size").ifPresent(size -> known.put("size", size));
        text(message, "sender").ifPresent(sender -> known.put("sender", Printable.unicode(sender, MAX_SHOWN)));
        text(message, TRANSPORT).ifPresent(transport -> known.put("transport", Printable.line(transport, MAX_SHOWN)));
        text(message, "domain").ifPresent(domain -> known.put("nextHop", Printable.line(domain, MAX_SHOWN)));
        number(message, "attempts").ifPresent(attempts -> known.put("attempts", attempts));
        number(message, NEXT_ATTEMPT_AT)
                .ifPresent(at ->
                        known.put("nextAttemptAt", Instant.ofEpochMilli(at).toString()));
        return known;
    }

    /** The name of an item's transport, as its properties say. */
    public static Optional<String> transport(Message message) {
        return text(message, TRANSPORT);
    }

    private static Optional<String> lastReply(QueueItem item) {
        return item.mail().envelope().recipients().stream()
                .flatMap(r -> item.progress().of(r.path()).last().stream())
                .map(said -> said.said().replace('\n', ' '))
                .findFirst();
    }

    /** A number property; empty if it is missing, or of another type because another program wrote it. */
    public static Optional<Long> number(Message message, String name) {
        try {
            return message.getObjectProperty(name) instanceof Number number
                    ? Optional.of(number.longValue())
                    : Optional.empty();
        } catch (JMSException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** A text property; empty if it is missing or cannot be read. */
    public static Optional<String> text(Message message, String name) {
        try {
            return Optional.ofNullable(message.getStringProperty(name));
        } catch (JMSException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
