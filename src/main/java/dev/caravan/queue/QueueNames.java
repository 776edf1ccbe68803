package dev.caravan.queue;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The names of the queues, which operators and foreign programs rely on. */
public final class QueueNames {
    /** With which the names of all our queues begin. */
    public static final String PREFIX = "mail.";
    /** Anyone may put mail here. */
    public static final String SUBMIT = "mail.submit";
    /** What could not be read from {@link #SUBMIT}. */
    public static final String SUBMIT_INVALID = "mail.submit.invalid";
    /** What says that something was submitted, and need not be again. */
    public static final String SUBMITTED = "mail.submitted";
    /** Mail that a rule or an operator holds back, without age limit. */
    public static final String HOLD = "mail.hold";
    /** Mail that is given up and not yet returned; also the broker's dead letter queue. */
    public static final String DEAD = "mail.dead";
    /** What could not be read from {@link #DEAD}, or not be returned. */
    public static final String DEAD_INVALID = "mail.dead.invalid";
    /** Mail that was returned, kept for replay. */
    public static final String BOUNCED = "mail.bounced";
    /** The topic with what became of each recipient. */
    public static final String EVENTS = "mail.events";
    /** Before a name: queues with the same, which only their readers empty. */
    public static final String EVENTS_PREFIX = "mail.events.";
    /** Before a transport's name: mail that is due. */
    public static final String DELIVER_PREFIX = "mail.deliver.";
    /** Before a delay: mail that waits for that long. */
    public static final String RETRY_PREFIX = "mail.retry.";

    /** Where mail stays for days or for ever: nobody delivers, returns or retries what is here. */
    public static final List<String> STAYING = List.of(HOLD, BOUNCED, DEAD_INVALID, SUBMIT_INVALID, SUBMITTED);

    private static final String BROKERS = "activemq.";
    private static final int MAX_NAME = 255;
    // Nothing that the broker takes for a pattern, a list, an option, or a queue that ends with its client.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*");

    private QueueNames() {}

    /**
     * Whether events may be sent to a queue that somebody else names: letters, digits, hyphens, underscores, dots and
     * slashes, at most 255; none of ours but {@code mail.events.*}, for what is there would be taken for mail, and none
     * of the broker's own.
     */
    public static boolean mayTakeEvents(String queue) {
        String lower = queue.toLowerCase(Locale.ROOT);
        boolean isReserved = lower.startsWith(PREFIX) || lower.startsWith(BROKERS);
        return queue.length() <= MAX_NAME
                && PLAIN.matcher(queue).matches()
                && (!isReserved || queue.startsWith(EVENTS_PREFIX));
    }

    /** Where mail waits for its transport. */
    public static String deliver(NextHop nextHop) {
        return deliver(nextHop.transport());
    }

    /** Where mail waits for a transport. */
    public static String deliver(String transport) {
        return DELIVER_PREFIX + transport;
    }
}
