package dev.caravan.session;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.util.OptionalLong;

/**
 * A question that a session asks a policy route; a session has at most one open question. The route answers by writing
 * a {@link PolicyResult} to the channel; any other object that it writes is treated as a server fault and becomes 451
 * 4.3.0.
 */
public sealed interface PolicyRequest {
    /** The session that asks. */
    SessionFacts facts();

    /**
     * May this client open a session? A positive answer becomes the greeting; 554 or 421 is sent instead of it (RFC
     * 5321 §3.1).
     *
     * @param facts without a helo name.
     */
    record ConnectionQuestion(SessionFacts facts) implements PolicyRequest {}

    /**
     * May this client send mail with this reverse-path?
     *
     * @param facts who asks.
     * @param reversePath where reports go.
     * @param parameters BODY, RET, ENVID.
     * @param declaredSize SIZE in octets, within the limit; empty if not given.
     */
    record SenderQuestion(
            SessionFacts facts, ReversePath reversePath, MailParameters parameters, OptionalLong declaredSize)
            implements PolicyRequest {}

    /**
     * Does the server accept this recipient?
     *
     * @param facts who asks.
     * @param reversePath of the message.
     * @param recipient the recipient, not accepted before in this transaction.
     * @param recipientsSoFar how many recipients of this message are accepted already.
     */
    record RecipientQuestion(SessionFacts facts, ReversePath reversePath, Recipient recipient, int recipientsSoFar)
            implements PolicyRequest {}

    /**
     * Does the server accept this message? A positive answer makes the server responsible for it, and the client
     * deletes its copy (RFC 5321 §4.2.5).
     *
     * @param facts who asks.
     * @param mail the complete message; its content is durable if it is in a file.
     * @param disposition the strictest of all answers so far.
     * @param memory the memory that the content holds; the handler of the question closes it when the message is stored
     *     or refused.
     */
    record MailQuestion(SessionFacts facts, MailObject mail, Disposition disposition, MemoryLease memory)
            implements PolicyRequest {}
}
