package dev.caravan.session;

import dev.caravan.mail.ReversePath;
import dev.caravan.smtp.Reply;
import java.util.Optional;

/**
 * Who may connect and who may send at a listener, before any rule of a route is asked. Called on event loops: must not
 * block. Thread-safe.
 */
public interface Admission {
    /** Everyone may. */
    Admission ALL = new Admission() {};

    /** The refusal of a client; empty if it may connect. */
    default Optional<Reply> refuseConnection(SessionFacts facts) {
        return Optional.empty();
    }

    /**
     * Whether a host that connects may say on whose behalf it does, with XCLIENT.
     *
     * @param facts as they were before it said so.
     */
    default boolean mayNameClient(SessionFacts facts) {
        return false;
    }

    /** The refusal of a reverse-path; empty if the client may send with it. */
    default Optional<Reply> refuseSender(SessionFacts facts, ReversePath sender) {
        return Optional.empty();
    }
}
