package dev.caravan.policy;

import dev.caravan.smtp.Reply;

/** Whether a recipient's domain is one that we take mail for from this client. */
public sealed interface RelayDecision {
    /** The mail ends here: whether the user exists is another question. */
    record Local() implements RelayDecision {}

    /** The mail goes elsewhere, and the client may send it there through us. */
    record Relay() implements RelayDecision {}

    /**
     * The mail would go elsewhere, and the client is a stranger.
     *
     * @param reply what to answer to RCPT.
     */
    record Refused(Reply reply) implements RelayDecision {}
}
