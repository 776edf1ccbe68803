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
 * Ends what a route did with one consumed message: commits, or notes that the message stays in its queue. A route that
 * ended without settling its item has made a mistake, and a mistake in a route must not lose mail: the item waits and is
 * tried again.
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
     * Of one transaction.
     *
     * @param uncommitted keeps the report of an attempt that cannot be committed.
     * @param attempts knows which items are in hand.
     * @param events hears of an item that waits because of a mistake in a route.
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
     * @return completes when it is committed, or with the reason why the message stays in its queue, or may stay.
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
        return transaction.commitLater().whenComplete((done, failure) -> {
            QueueItem item = item(exchange);
            if (failure != null) {
                rollBack(exchange);
            } else if (item != null) {
                attempts.settled(item.id(), transaction);
            }
        });
    }

    /** The message stays in its queue, unless a commit in doubt was made; who has got it should not get it again. */
    public void rollBack(Exchange exchange) {
        QueueItem item = item(exchange);
        DeliveryReport report = MailExchange.of(exchange).report().orElse(null);
        if (item != null && report != null) {
            uncommitted.remember(item, report);
        }
    }

    /** The attempt is over, whatever came of it: another attempt at the item may begin. */
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
