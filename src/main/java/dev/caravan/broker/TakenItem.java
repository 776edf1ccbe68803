package dev.caravan.broker;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * A message that was taken from its queue and is in hand: until it is committed or rolled back, the broker keeps it and
 * gives it to no other consumer. It ends once, by {@link #commit} or {@link #rollBack}. Any thread that may block may use
 * it, one thread at a time.
 */
public interface TakenItem {
    /** What belongs to the transaction of a commit. */
    interface Work {
        /** Sends with a session that commits afterwards. */
        void send(Session session) throws JMSException;
    }

    /** The message as the broker gave it. */
    Message message();

    /** Creates messages that {@link Work} sends; nothing may be sent, committed or closed with it. */
    Session session();

    /**
     * Threads that may block, on which the attempt goes on after a step that ended elsewhere, such as on an event loop;
     * empty if the item belongs to the thread that took it, which then has to wait for the step.
     */
    Optional<Executor> workers();

    /**
     * Sends what belongs to the transaction, acknowledges the message in it, and commits.
     *
     * @return completes when the commit has succeeded, or with a {@link JMSException} or {@link RuntimeException}. Then the
     *     message is still in hand, and is to be rolled back; the broker may have committed, if only its answer was lost.
     */
    CompletionStage<Void> commit(Work work);

    /** Gives the message back to its queue. It comes again after a second, and no attempt is counted. */
    void rollBack();

    /** A message in the hands of a JMS listener, whose container rolls back when the listener throws. */
    static TakenItem ofListener(Session session, Message message) {
        return new ListenerItem(session, message);
    }
}
