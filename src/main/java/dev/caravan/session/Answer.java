package dev.caravan.session;

import dev.caravan.smtp.Reply;

/**
 * What a route says to a {@link Question}.
 *
 * @param reply goes to the client as it is, but for a positive answer to a {@link Question.ConnectionQuestion}, which
 *     becomes our greeting. A 421 ends the session.
 * @param disposition counts if the reply is positive: the strictest of all answers for a mail stays with it, and that
 *     of the connection with all its mails.
 */
public record Answer(Reply reply, Disposition disposition) {
    /** An answer that leaves the mail its way. */
    public static Answer of(Reply reply) {
        return new Answer(reply, Disposition.DELIVER);
    }
}
