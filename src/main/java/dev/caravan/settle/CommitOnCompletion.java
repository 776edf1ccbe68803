package dev.caravan.settle;

import java.util.concurrent.CompletionException;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * Commits when a route from {@code mailqueue:} has succeeded. If it fails, or asks for a rollback, the listener rolls
 * back and the message stays in its queue.
 */
final class CommitOnCompletion extends SynchronizationAdapter {
    private final AttemptEnd end;

    CommitOnCompletion(AttemptEnd end) {
        this.end = end;
    }

    @Override
    public void onComplete(Exchange exchange) {
        if (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast()) {
            end.rollBack(exchange);
        } else {
            try {
                end.commit(exchange, AttemptEnd.NO_SETTLE).toCompletableFuture().join();
            } catch (CompletionException e) {
                // Camel would swallow the exception if it were thrown here; set on the exchange, it makes the listener
                // roll back.
                exchange.setException(e.getCause());
            }
        }
        end.ended(exchange);
    }

    @Override
    public void onFailure(Exchange exchange) {
        end.rollBack(exchange);
        end.ended(exchange);
    }
}
