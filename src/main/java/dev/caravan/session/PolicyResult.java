package dev.caravan.session;

import dev.caravan.smtp.Reply;

/**
 * What a route says to a {@link PolicyRequest}.
 *
 * @param reply goes to the client as it is, but for a positive answer to a {@link PolicyRequest.ConnectionQuestion}, which
 *     becomes our greeting. A 421 ends the session.
 * @param disposition counts if the reply is positive: the strictest of all answers for a mail stays with it, and that
 *     of the connection with all its mails.
 */
public record PolicyResult(Reply reply, Disposition disposition) {
    /** An answer that leaves the mail its way. */
    public static PolicyResult of(Reply reply) {
        return new PolicyResult(reply, Disposition.DELIVER);
    }
}
