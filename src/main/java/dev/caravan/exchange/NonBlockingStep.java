package dev.caravan.exchange;

import dev.caravan.mail.MailObject;

/**
 * A bean of ours whose methods never wait for disk, network or another thread. Routes for SMTP sessions that consist of
 * such steps run on the event loop itself, which spares two changes of thread for each request; every other bean,
 * processor or endpoint is taken to block, and a route that has one runs on threads of its own.
 */
public interface NonBlockingStep {
    /** Whether the step may block for this message nevertheless, as one does that reads content which is in a file. */
    default boolean mayBlock(MailObject message) {
        return false;
    }
}
