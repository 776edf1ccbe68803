package dev.caravan.session;

import dev.caravan.smtp.Reply;

/** Receives what happens in sessions. Called on event loops: must be quick and must not throw. */
public interface SessionListener {
    /** Hears nothing. */
    SessionListener NONE = new SessionListener() {};

    /** A client connected. */
    default void connected(SessionFacts facts) {}

    /**
     * A client got a negative reply.
     *
     * @param facts who.
     * @param reply 4yz or 5yz.
     * @param what the command that was refused, or what else.
     */
    default void refused(SessionFacts facts, Reply reply, RefusedCommand what) {}

    /** A client gave a command, which is not yet answered. */
    default void commandSeen(SessionFacts facts, String line) {}

    /** The connection is gone, whoever closed it. */
    default void closed(SessionFacts facts) {}
}
