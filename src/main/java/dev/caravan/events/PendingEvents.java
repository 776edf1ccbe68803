package dev.caravan.events;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is told of a mail together with a commit.
 *
 * @param messages sent with it, in their order; none if nobody wants to know.
 * @param whenCommitted counts what happened.
 */
public record PendingEvents(List<EventMessage> messages, Runnable whenCommitted) {
    private static final Logger LOG = LoggerFactory.getLogger(PendingEvents.class);

    public PendingEvents {
        messages = List.copyOf(messages);
    }

    /** Counts what happened. A failure to count is only logged: what is committed must not seem to be not. */
    public void committed() {
        try {
            whenCommitted.run();
        } catch (RuntimeException e) {
            LOG.error("what was committed is not counted", e);
        }
    }
}
