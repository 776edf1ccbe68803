package dev.caravan.settle;

import dev.caravan.broker.TakenItem;
import dev.caravan.camel.ConnectionPerConsumer;
import dev.caravan.camel.MessageCollectors;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.exchange.MailExchange;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One message of a {@code deliver:} route from its queue to the commit: it is read, the steps run, their result becomes
 * a report, the report is settled, and the transaction is committed. Each part may run on another thread than the one
 * before, and no thread waits for another.
 */
final class DeliveryAttempt {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryAttempt.class);

    private static final String STOPPED =
            "stopped before its end and said nothing about it (expected: a DeliveryReport as the body)";

    private final DeliverConsumer consumer;
    private final TakenItem taken;
    private final Exchange exchange;
    private final QueueTransaction transaction;
    private final AttemptEnd end;
    private DeliveriesInHand.@Nullable Hand hand;
    private boolean hasEnded;

    DeliveryAttempt(DeliverConsumer consumer, TakenItem taken) {
        ReadQueueItem begin = consumer.component().begin();
        this.consumer = consumer;
        this.taken = taken;
        this.exchange = consumer.createExchange(false);
        this.transaction = begin.transactionOf(taken);
        this.end = begin.endOf(transaction);
    }

    /** Begins; may block. */
    void begin() {
        try {
            // It ends after the commit, and with it the resources that steps have registered with it.
            consumer.createUoW(exchange);
            consumer.component().begin().begin(exchange, transaction);
            if (exchange.isRouteStop() && exchange.getException() == null) {
                commit(exchange, STOPPED);
                return;
            }
            hand = consumer.take(exchange);
            if (exchange.getException() == null && consumer.givesMessage()) {
                consumer.component().message().process(exchange);
            }
        } catch (Exception e) {
            exchange.setException(e);
        }
        if (exchange.getException() != null) {
            guarded(this::settle);
            return;
        }
        exchange.setProperty(MessageCollectors.PROPERTY, transaction);
        consumer.getAsyncProcessor().process(exchange, doneSync -> goOn(doneSync, this::stepsEnded));
    }

    /**
     * Continues on a worker, unless this thread called the steps: an asynchronous step may have ended on an event loop.
     */
    private void goOn(boolean isOnOurThread, Runnable next) {
        if (isOnOurThread) {
            guarded(next);
        } else {
            taken.workers().orElse(Runnable::run).execute(() -> guarded(next));
        }
    }

    /** Rolls back on any failure, so that the message is not held for ever. */
    private void guarded(Runnable next) {
        try {
            next.run();
        } catch (RuntimeException e) {
            rollBack(exchange, e);
        }
    }

    /** If the result is not complete yet, continues when it is: it must not be taken for a delivery. */
    private void stepsEnded() {
        if (exchange.getException() == null && exchange.getMessage().getBody() instanceof CompletionStage<?> later) {
            later.whenComplete((result, failure) -> {
                exchange.getMessage().setBody(result);
                if (failure != null) {
                    exchange.setException(failure);
                }
                goOn(false, this::stepsEnded);
            });
            return;
        }
        settle();
    }

    private void settle() {
        exchange.removeProperty(MessageCollectors.PROPERTY);
        if (hand != null) {
            hand.stepsEnded(exchange, transaction);
        }
        boolean hasFailed = exchange.getException() != null;
        boolean isRoutesOwn = transaction.isDecided() || (exchange.isRouteStop() && !hasReport() && !wasHandled());
        if (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast()) {
            rollBack(exchange, null);
        } else if (!hasFailed && isRoutesOwn) {
            commit(exchange, STOPPED);
        } else {
            settle(report());
        }
    }

    private boolean hasReport() {
        return exchange.getMessage().getBody() instanceof DeliveryReport;
    }

    /** Whether an error handler has handled an exception, which does not mean a delivery. */
    private boolean wasHandled() {
        return exchange.getExchangeExtension().isErrorHandlerHandledSet()
                && exchange.getExchangeExtension().isErrorHandlerHandled();
    }

    /** Null if the message stays in its queue. */
    private @Nullable DeliveryReport report() {
        Throwable failure = exchange.getException();
        if (failure instanceof CompletionException && failure.getCause() != null) {
            failure = failure.getCause();
        }
        if (failure == null && exchange.getMessage().getBody() instanceof DeliveryReport report) {
            return report;
        }
        if (failure == null && wasHandled()) {
            failure = exchange.getProperty(
                    Exchange.EXCEPTION_CAUGHT, new IllegalStateException("a step failed"), Throwable.class);
        }
        AttemptResult result = consumer.component().result();
        QueueItem item = MailExchange.of(exchange).item().orElse(null);
        if (failure == null) {
            try {
                if (item == null) {
                    throw new IllegalStateException("the steps ended well without a queue item");
                }
                return result.delivered(item, exchange);
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
        }
        DeliveryReport known = MailExchange.of(exchange).report().orElse(null);
        return result.failed(item, known, transaction, failure, exchange);
    }

    private void settle(@Nullable DeliveryReport report) {
        if (report == null) {
            rollBack(exchange, exchange.getException());
            return;
        }
        Exchange settling = consumer.getEndpoint().createExchange();
        MailExchange view = MailExchange.of(settling);
        MailExchange.of(exchange).item().ifPresent(view::item);
        view.transaction(transaction);
        // Noted here, as the route does, in case the route cannot be reached.
        view.report(report);
        settling.getExchangeExtension().setFromRouteId(consumer.getRouteId());
        Message message = settling.getMessage();
        message.setBody(report);
        consumer.settle().process(settling, doneSync -> goOn(doneSync, () -> settled(settling)));
    }

    private void settled(Exchange settling) {
        if (settling.getException() != null || settling.isRollbackOnly() || settling.isRollbackOnlyLast()) {
            rollBack(settling, settling.getException());
        } else {
            commit(settling, "ends in direct:settle, which did not settle it; is settleAttempt its first step?");
        }
    }

    private void commit(Exchange settled, String mistake) {
        end.commit(settled, mistake).whenComplete((done, failure) -> {
            if (failure == null) {
                ended(settled);
            } else {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                exchange.setException(cause);
                endRolledBack(settled, cause);
            }
        });
    }

    /** Rolls back because a step asked for it, or failed. */
    private void rollBack(Exchange last, @Nullable Throwable failure) {
        end.rollBack(last);
        if (failure != null) {
            exchange.setException(failure);
        }
        endRolledBack(last, failure);
    }

    private void endRolledBack(Exchange last, @Nullable Throwable failure) {
        String queue = consumer.queue();
        MailExchange.of(last)
                .leftInQueueBecause()
                .or(() -> ConnectionPerConsumer.reason(failure))
                .ifPresentOrElse(
                        why -> LOG.atLevel(isGivenUp() ? Level.DEBUG : Level.INFO)
                                .log("a message stays in {} and comes again: {}", queue, why),
                        () -> LOG.warn(
                                "a message stays in {} and comes again: its attempt could not be committed",
                                queue,
                                failure));
        ended(last);
        taken.rollBack();
    }

    /** A stop gives thousands up at once, and says how many. */
    private boolean isGivenUp() {
        return hand != null && hand.progress().isGivenUp();
    }

    private void ended(Exchange last) {
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        if (hand != null) {
            hand.end();
        }
        end.ended(last);
        consumer.doneUoW(exchange);
        consumer.releaseExchange(exchange, false);
    }
}
