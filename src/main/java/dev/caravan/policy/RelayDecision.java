package dev.caravan.policy;

import dev.caravan.smtp.Reply;

/** Whether this server accepts mail for a recipient's domain from this client. */
public sealed interface RelayDecision {
    /** The domain is local; whether the user exists is another question. */
    record Local() implements RelayDecision {}

    /** The domain is not local, and the client may relay. */
    record Relay() implements RelayDecision {}

    /**
     * The domain is not local, and the client may not relay.
     *
     * @param reply the reply to RCPT.
     */
    record Refused(Reply reply) implements RelayDecision {}
}
