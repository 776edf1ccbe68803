package dev.caravan.session;

import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.smtp.Reply;

/** Receives the events of sessions. Called on event loops: must not block and must not throw. */
public interface SessionListener {
    /** Ignores all events. */
    SessionListener NONE = new SessionListener() {};

    /** A client connected. */
    default void connected(SessionFacts facts) {}

    /**
     * A client got a negative reply.
     *
     * @param facts the session.
     * @param reply 4yz or 5yz.
     * @param what what the reply refuses.
     */
    default void refused(SessionFacts facts, Reply reply, RefusedCommand what) {}

    /** A TLS handshake succeeded; the facts say what it agreed. */
    default void secured(SessionFacts facts) {}

    /**
     * A TLS handshake failed, and the connection is closed.
     *
     * @param facts the session before it.
     * @param why words of the library; may hold any character.
     */
    default void notSecured(SessionFacts facts, String why) {}

    /** A client has authenticated; the facts say who it is. */
    default void loggedIn(SessionFacts facts) {}

    /**
     * A client has not authenticated.
     *
     * @param user as the client gave it; may hold any character, and be empty.
     */
    default void loginFailed(SessionFacts facts, String user, SaslMechanism mechanism, LoginFailure why) {}

    /** The connection is closed, by either side. */
    default void closed(SessionFacts facts) {}
}
