package dev.caravan.session;

import dev.caravan.smtp.Reply;

/**
 * The answer of a route to a {@link PolicyRequest}.
 *
 * @param reply is sent to the client as it is, except that a positive answer to a
 *     {@link PolicyRequest.ConnectionQuestion} becomes the server's greeting. A 421 ends the session.
 * @param disposition applies if the reply is positive. A message gets the strictest of the answers for itself and for
 *     its connection.
 */
public record PolicyResult(Reply reply, Disposition disposition) {
    /** An answer with the disposition {@link Disposition#DELIVER}. */
    public static PolicyResult of(Reply reply) {
        return new PolicyResult(reply, Disposition.DELIVER);
    }
}
