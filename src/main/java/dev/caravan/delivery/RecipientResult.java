package dev.caravan.delivery;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;

/** What became of one recipient in one delivery attempt, or why there was none. */
public sealed interface RecipientResult {
    ForwardPath recipient();

    /** What was said, by the peer or by us. */
    Diagnosis diagnosis();

    /**
     * The next hop has taken responsibility: 250 after the end of content (RFC 5321 §6.1).
     *
     * @param handling whether the sender may expect more news from the next hop.
     */
    record Delivered(ForwardPath recipient, Diagnosis diagnosis, Handling handling) implements RecipientResult {}

    /** Worth another try: 4yz, no answer, no route, and anything we cannot explain. */
    record Deferred(ForwardPath recipient, Diagnosis diagnosis) implements RecipientResult {}

    /** Not tried, as its destination has as many deliveries in hand as it may: waits for a moment, and nothing counts. */
    record NotAttempted(ForwardPath recipient, Diagnosis diagnosis) implements RecipientResult {}

    /** Hopeless: 5yz for this recipient or transaction, or a domain that takes no mail (RFC 7505 §3). */
    record Failed(ForwardPath recipient, Diagnosis diagnosis) implements RecipientResult {}

    /** Who reports success to the sender (RFC 3461 §5.2). */
    enum Handling {
        /** In the recipient's mailbox: we report "delivered". */
        FINAL,
        /** The peer knows DSN and took over the sender's wishes: it reports. */
        PASSED_ON,
        /** The peer does not know DSN: we report "relayed". */
        RELAYED
    }
}
