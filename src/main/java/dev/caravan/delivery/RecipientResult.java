package dev.caravan.delivery;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;

/** The result of one delivery attempt for one recipient, or the reason why there was none. */
public sealed interface RecipientResult {
    ForwardPath recipient();

    /** The reply of the remote host, or the words of this server. */
    Diagnosis diagnosis();

    /**
     * The next hop has taken responsibility: 250 after the end of content (RFC 5321 §6.1).
     *
     * @param handling who reports success to the sender.
     */
    record Delivered(ForwardPath recipient, Diagnosis diagnosis, Handling handling) implements RecipientResult {}

    /** To be tried again: 4yz, no reply, no route, and any failure of this server. */
    record Deferred(ForwardPath recipient, Diagnosis diagnosis) implements RecipientResult {}

    /**
     * Not attempted, and no attempt is counted.
     *
     * @param isSuspended whether its next hop takes nothing for now, because an operator must act or a quota is used up: it
     *     waits as after an attempt, and the time does not count towards giving up. If not, the destination has its share of
     *     deliveries, and it waits for a moment.
     */
    record NotAttempted(ForwardPath recipient, Diagnosis diagnosis, boolean isSuspended) implements RecipientResult {
        /** The destination has its share of deliveries. */
        public NotAttempted(ForwardPath recipient, Diagnosis diagnosis) {
            this(recipient, diagnosis, false);
        }
    }

    /** Permanent failure: 5yz for this recipient or transaction, or a domain that takes no mail (RFC 7505 §3). */
    record Failed(ForwardPath recipient, Diagnosis diagnosis) implements RecipientResult {}

    /** Who reports success to the sender (RFC 3461 §5.2). */
    enum Handling {
        /** This server: the message is in the recipient's mailbox, "delivered". */
        FINAL,
        /** The remote server: it supports DSN and received the sender's request. */
        PASSED_ON,
        /** This server, as "relayed": the remote server does not support DSN. */
        RELAYED,
        /**
         * This server, as "relayed": the remote server does not know the deadline of the message, and will not report that
         * it was missed (RFC 2852 §4.2).
         */
        RELAYED_WITHOUT_DEADLINE
    }
}
