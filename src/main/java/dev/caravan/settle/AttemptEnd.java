package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.exchange.MailExchange;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the attempt for one consumed message: commits, or rolls back. A route that ends without settling its item has a
 * mistake, which must not lose mail: the item is deferred.
 */
public final class AttemptEnd {
    /** The usual mistake in a route from {@code mailqueue:}. */
    public static final String NO_SETTLE = "ended without settling it; does it end with direct:settle?";

    private static final Logger LOG = LoggerFactory.getLogger(AttemptEnd.class);

    private final QueueTransaction transaction;
    private final Clock clock;
    private final UncommittedReports uncommitted;
    private final ActiveAttempts attempts;
    private final MailEvents events;
    private final Duration delay;

    /**
     * The end of the attempt of one transaction.
     *
     * @param uncommitted keeps the report of an attempt that cannot be committed.
     * @param attempts knows which items have an attempt that runs.
     * @param events gets a report about an item that is deferred because of a mistake in a route.
     * @param delay how long an item waits that a route did not settle.
     */
    public AttemptEnd(
            QueueTransaction transaction,
            Clock clock,
            UncommittedReports uncommitted,
            ActiveAttempts attempts,
            MailEvents events,
            Duration delay) {
        this.events = events;
        this.transaction = transaction;
        this.clock = clock;
        this.uncommitted = uncommitted;
        this.attempts = attempts;
        this.delay = delay;
    }

    /**
     * Commits.
     *
     * @param exchange with the item as a property, unless the message was none.
     * @param mistake what the route did wrong if it did not settle its item, for the log.
     * @return completes when it is committed, or with the reason why the message stays in its queue, or may stay there.
     */
    public CompletionStage<Void> commit(Exchange exchange, String mistake) {
        try {
            if (!transaction.isDecided()) {
                deferUnsettled(exchange, mistake);
            }
        } catch (IOException | RuntimeException e) {
            rollBack(exchange);
            return CompletableFuture.failedFuture(e);
        }
        // Before what follows from the commit: an item that was parked may come again at once.
        return transaction.commitLater(() -> settled(exchange)).whenComplete((done, failure) -> {
            if (failure != null) {
                rollBack(exchange);
            }
        });
    }

    private void settled(Exchange exchange) {
        QueueItem item = item(exchange);
        if (item != null) {
            attempts.settled(item.id(), transaction);
        }
    }

    /**
     * Rolls back. If some recipients were already delivered, remembers the report, so that the next consumer settles it
     * instead of delivering again.
     */
    public void rollBack(Exchange exchange) {
        QueueItem item = item(exchange);
        DeliveryReport report = MailExchange.of(exchange).report().orElse(null);
        if (item != null && report != null) {
            uncommitted.remember(item, report);
        }
    }

    /** The attempt has ended, whatever its result: another attempt for the item may begin. */
    public void ended(Exchange exchange) {
        QueueItem item = item(exchange);
        if (item != null) {
            attempts.end(item.id(), transaction);
        }
    }

    private static @Nullable QueueItem item(Exchange exchange) {
        return MailExchange.of(exchange).item().orElse(null);
    }

    private void deferUnsettled(Exchange exchange, String mistake) throws IOException {
        QueueItem item = item(exchange);
        if (item == null) {
            throw new IllegalStateException("a message was neither read nor set aside (expected: one of them)");
        }
        LOG.error("{} is tried again later: the route {} {}", item.id(), exchange.getFromRouteId(), mistake);
        Placement later = Outcome.postpone(item, delay, clock.instant());
        transaction.add(List.of(later));
        transaction.afterCommit(() -> events.postponed(later));
    }
}
