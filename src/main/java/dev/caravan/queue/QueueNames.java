package dev.caravan.queue;

import java.util.List;

/** The names of the queues, which operators and foreign programs rely on. */
public final class QueueNames {
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
    /** Before a transport's name: mail that is due. */
    public static final String DELIVER_PREFIX = "mail.deliver.";
    /** Before a delay: mail that waits for that long. */
    public static final String RETRY_PREFIX = "mail.retry.";

    /** Where mail stays for days or for ever: nobody delivers, returns or retries what is here. */
    public static final List<String> STAYING = List.of(HOLD, BOUNCED, DEAD_INVALID, SUBMIT_INVALID, SUBMITTED);

    private QueueNames() {}

    /** Where mail waits for its transport. */
    public static String deliver(NextHop nextHop) {
        return deliver(nextHop.transport());
    }

    /** Where mail waits for a transport. */
    public static String deliver(String transport) {
        return DELIVER_PREFIX + transport;
    }
}
