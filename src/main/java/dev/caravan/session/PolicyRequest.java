package dev.caravan.session;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.util.OptionalLong;

/**
 * What a session asks a route, one question at a time. The route answers by writing an {@link PolicyResult} to the channel;
 * whatever else it writes is taken for a fault of ours and becomes 451 4.3.0.
 */
public sealed interface PolicyRequest {
    /** Who talks to us. */
    SessionFacts facts();

    /**
     * May this client talk to us? A positive answer brings the greeting; 554 or 421 is sent in its place (RFC 5321
     * §3.1).
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
     * May the mail go to this recipient?
     *
     * @param facts who asks.
     * @param reversePath of the mail.
     * @param recipient who is to get it; was not accepted before.
     * @param recipientsSoFar how many recipients of this mail were accepted before.
     */
    record RecipientQuestion(SessionFacts facts, ReversePath reversePath, Recipient recipient, int recipientsSoFar)
            implements PolicyRequest {}

    /**
     * Do you take this mail? After a positive answer the client forgets it.
     *
     * @param facts who asks.
     * @param mail whole, its content durable if it is in a file.
     * @param disposition the strictest of all answers so far.
     * @param memory what the content holds of the memory; whoever takes the question closes it when the mail is stored or
     *     not taken.
     */
    record MailQuestion(SessionFacts facts, MailObject mail, Disposition disposition, MemoryLease memory)
            implements PolicyRequest {}
}
