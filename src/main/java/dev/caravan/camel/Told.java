package dev.caravan.camel;

import java.util.List;

/**
 * What is told of a mail together with a commit.
 *
 * @param messages sent with it, in their order; none if nobody wants to know.
 * @param whenCommitted counts what happened; must not fail.
 */
record Told(List<OutgoingEvent> messages, Runnable whenCommitted) {
    Told {
        messages = List.copyOf(messages);
    }
}
