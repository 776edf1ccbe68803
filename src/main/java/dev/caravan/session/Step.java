package dev.caravan.session;

import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.LoginQuestion;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.smtp.Command;
import dev.caravan.smtp.Reply;
import java.net.InetAddress;
import java.util.List;

/** What a {@link SmtpSession} decides after a client's input or a route's answer; {@link SessionDriver} carries it out. */
sealed interface Step {
    /** Send the reply and read on. */
    record SendReply(Reply reply) implements Step {}

    /** Ask the route; no further input is read before its answer. */
    record AskPolicy(PolicyRequest question) implements Step {}

    /** Send the reply (354) and receive content. */
    record ReceiveContent(Reply reply) implements Step {}

    /**
     * Receive a chunk of content.
     *
     * @param isFirst whether it begins the content.
     * @param isBinary whether its lines are not checked.
     */
    record ReceiveChunk(Command.Bdat chunk, boolean isFirst, boolean isBinary) implements Step {}

    /** Read a chunk and drop it, then refuse (RFC 3030 §2). */
    record DropChunk(Command.Bdat chunk, Reply refusal) implements Step {}

    /** Send the reply (220), and let the client begin a TLS handshake with its next octets. */
    record StartTls(Reply reply) implements Step {}

    /**
     * Begin the session anew for another client, which a proxy has named.
     *
     * @param before the address that the session had until now.
     */
    record Restart(InetAddress before) implements Step {}

    /** Send the reply (334); the next line is the response of the client (RFC 4954 §4). */
    record Challenge(Reply reply) implements Step {}

    /** Ask the authenticator; no further input is read before its answer. */
    record Verify(LoginQuestion question) implements Step {}

    /**
     * The client has authenticated: send the reply (235).
     *
     * @param grant tells when the session must end.
     */
    record LoggedIn(Reply reply, Grant grant) implements Step {}

    /**
     * The client has not authenticated.
     *
     * @param user as far as the client named one; may hold any character.
     * @param then what is done about it.
     */
    record LoginFailed(String user, SaslMechanism mechanism, LoginFailure why, Step then) implements Step {}

    /** Send the reply and close the connection, because the client sent QUIT. */
    record Close(Reply reply) implements Step {}

    /** Send the replies, the last of which is a 421, and close the connection although the client did not ask for it. */
    record Disconnect(List<Reply> replies) implements Step {}
}
