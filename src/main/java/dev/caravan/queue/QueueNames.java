package dev.caravan.queue;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The names of the queues, on which operators and other programs rely. */
public final class QueueNames {
    /** The prefix of the names of all our queues. */
    public static final String PREFIX = "mail.";
    /** Other programs put mail here. */
    public static final String SUBMIT = "mail.submit";
    /** Messages of {@link #SUBMIT} that could not be read. */
    public static final String SUBMIT_INVALID = "mail.submit.invalid";
    /** Marks of what was submitted, so that it is not submitted again. */
    public static final String SUBMITTED = "mail.submitted";
    /** Mail that a rule or an operator holds, without age limit. */
    public static final String HOLD = "mail.hold";
    /** Mail that was given up and not yet returned; also the broker's dead letter queue. */
    public static final String DEAD = "mail.dead";
    /** Messages of {@link #DEAD} that could not be read or returned. */
    public static final String DEAD_INVALID = "mail.dead.invalid";
    /** Mail that was returned, kept so that it can be sent again. */
    public static final String BOUNCED = "mail.bounced";
    /** The topic with the result of each recipient. */
    public static final String EVENTS = "mail.events";
    /** The topic by which servers at one broker pass operators' commands on. */
    public static final String CONTROL = "mail.control";
    /** The prefix of queues with the same events, which only their readers empty. */
    public static final String EVENTS_PREFIX = "mail.events.";
    /** The prefix before a transport's name: mail that is due. */
    public static final String DELIVER_PREFIX = "mail.deliver.";
    /** The prefix before a transport's name and a lane: mail that is due and whose destination is busy. */
    public static final String PARKED_PREFIX = "mail.parked.";
    /** The names of the lanes of parked mail, if the broker does not announce its queues. */
    public static final String LANES = "mail.lanes";
    /** The prefix before a delay: mail that waits for that long. */
    public static final String RETRY_PREFIX = "mail.retry.";
    /** The prefix of the queues of mail that its sender wants to be held back until a time. */
    public static final String LATER_PREFIX = "mail.later.";

    /** The queues where mail stays for days or for ever: nothing delivers, returns or retries it. */
    public static final List<String> STAYING = List.of(HOLD, BOUNCED, DEAD_INVALID, SUBMIT_INVALID, SUBMITTED);

    private static final String BROKERS = "activemq.";
    private static final int MAX_NAME = 255;
    // No characters by which the broker would take the name for a pattern, a list, an option, or a temporary queue.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*");

    private QueueNames() {}

    /**
     * Whether events may be sent to a queue of that name: letters, digits, hyphens, underscores, dots and slashes, at
     * most 255. Of this server's queues only {@code mail.events.*}, because in the others an event would be taken for
     * mail; none of the broker's own queues.
     */
    public static boolean mayTakeEvents(String queue) {
        String lower = queue.toLowerCase(Locale.ROOT);
        boolean isReserved = lower.startsWith(PREFIX) || lower.startsWith(BROKERS);
        return queue.length() <= MAX_NAME
                && PLAIN.matcher(queue).matches()
                && (!isReserved || queue.startsWith(EVENTS_PREFIX));
    }

    /** The queue where mail waits for its transport. */
    public static String deliver(NextHop nextHop) {
        return deliver(nextHop.transport());
    }

    /** The queue where mail waits for a transport. */
    public static String deliver(String transport) {
        return DELIVER_PREFIX + transport;
    }

    /** The queue where mail of a transport is parked until a delivery may start. */
    public static String parked(String transport, String lane) {
        return PARKED_PREFIX + transport + "." + lane;
    }
}
