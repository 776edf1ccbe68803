package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;
import org.jspecify.annotations.Nullable;

/**
 * A step that waits for an answer without a thread. In a route with the transaction of a consumed queue item it blocks
 * the thread, since the session of a transaction is used by one thread.
 *
 * @param <T> the answer.
 */
abstract class StageStep<T> extends AsyncProcessorSupport {
    /**
     * Asks.
     *
     * @return completes on the calling thread, or on a thread that may block.
     */
    abstract CompletionStage<T> ask(Exchange exchange) throws Exception;

    /** Continues with the answer. */
    abstract void answered(T answer, Exchange exchange) throws Exception;

    @Override
    public final boolean process(Exchange exchange, AsyncCallback callback) {
        CompletableFuture<T> answer;
        try {
            answer = ask(exchange).toCompletableFuture();
        } catch (Exception e) {
            exchange.setException(e);
            callback.done(true);
            return true;
        }
        if (answer.isDone() || MailExchange.of(exchange).transaction().isPresent()) {
            end(answer, exchange);
            callback.done(true);
            return true;
        }
        answer.whenComplete((value, failure) -> {
            end(answer, exchange);
            callback.done(false);
        });
        return false;
    }

    private void end(CompletableFuture<T> answer, Exchange exchange) {
        try {
            answered(answer.join(), exchange);
        } catch (CompletionException e) {
            exchange.setException(cause(e));
        } catch (Exception e) {
            exchange.setException(e);
        }
    }

    private static Throwable cause(CompletionException failure) {
        @Nullable Throwable cause = failure.getCause();
        return cause == null ? failure : cause;
    }
}
