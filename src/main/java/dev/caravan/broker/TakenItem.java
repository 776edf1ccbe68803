package dev.caravan.broker;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * A message that was taken from its queue: until it is committed or rolled back, the broker keeps it and dispatches it
 * to no other consumer. It ends once, by {@link #commit} or {@link #rollBack}. Used by any thread that may block, one at
 * a time.
 */
public interface TakenItem {
    /** Sends what belongs to the transaction. May be called again if the transaction has failed. */
    interface Work {
        /** Sends with a session that commits afterwards. */
        void send(Session session) throws JMSException;
    }

    /** The message as it was received. */
    Message message();

    /** Creates messages that {@link Work} sends; nothing may be sent, committed or closed with it. */
    Session session();

    /**
     * Threads that may block, on which the attempt goes on after a step that ended elsewhere, such as on an event loop;
     * empty if only the thread that consumed the item may use it, which then has to wait for the step.
     */
    Optional<Executor> workers();

    /**
     * Sends what belongs to the transaction, acknowledges the message in it, and commits. Messages that end at the same
     * time may share one transaction; if it fails, each gets one of its own. While the broker is unavailable, the commit
     * waits for up to a minute until the broker has dispatched the message to this server again.
     *
     * @return completes when the commit has succeeded, or with a {@link JMSException} or {@link RuntimeException}. Then
     *     the caller must roll back; the broker may have committed nevertheless, if only its reply was lost.
     */
    CompletionStage<Void> commit(Work work);

    /** Gives the message up for now. An attempt begins anew after a second; it is not counted. */
    void rollBack();

    /** A message that a JMS listener has received, whose container rolls back when the listener throws. */
    static TakenItem ofListener(Session session, Message message) {
        return new ListenerItem(session, message);
    }
}
