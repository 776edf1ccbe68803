package dev.caravan.broker;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * A message that a JMS listener has received.
 *
 * @param session the transacted session of the listener.
 */
record ListenerItem(Session session, Message message) implements TakenItem {
    @Override
    public Optional<Executor> workers() {
        return Optional.empty();
    }

    @Override
    public CompletionStage<Void> commit(Work work) {
        try {
            work.send(session);
            session.commit();
            return CompletableFuture.completedFuture(null);
        } catch (JMSException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Does nothing: the listener's container rolls back. */
    @Override
    public void rollBack() {}
}
