package dev.caravan.settle;

import dev.caravan.exchange.MailExchange;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailEvents;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits when the route has ended well. If it has not, or asks for a rollback, the listener rolls back and the mail
 * stays in its queue. A route that ended without a word about its mail has not settled it: the mail waits and is tried
 * again, for a mistake in a route must not lose it.
 */
final class CommitOnCompletion extends SynchronizationAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(CommitOnCompletion.class);

    private final QueueTransaction transaction;
    private final Clock clock;
    private final UncommittedReports unsettled;
    private final ActiveAttempts attempts;
    private final MailEvents events;
    private final Duration delay;

    /** What is known of attempts that have not been settled. */
    record Memory(UncommittedReports unsettled, ActiveAttempts attempts) {}

    /** @param delay how long an item waits that a route did not settle. */
    CommitOnCompletion(QueueTransaction transaction, Clock clock, Memory memory, MailEvents events, Duration delay) {
        this.events = events;
        this.transaction = transaction;
        this.clock = clock;
        this.unsettled = memory.unsettled();
        this.attempts = memory.attempts();
        this.delay = delay;
    }

    @Override
    public void onComplete(Exchange exchange) {
        commit(exchange);
        ended(exchange);
    }

    @Override
    public void onFailure(Exchange exchange) {
        stays(exchange);
        ended(exchange);
    }

    private void ended(Exchange exchange) {
        MailExchange.of(exchange).item().ifPresent(item -> attempts.end(item.id(), transaction));
    }

    private void settled(Exchange exchange) {
        MailExchange.of(exchange).item().ifPresent(item -> attempts.settled(item.id(), transaction));
    }

    private void commit(Exchange exchange) {
        if (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast()) {
            stays(exchange);
            return;
        }
        try {
            if (!transaction.isDecided()) {
                keepUnsettled(exchange);
            }
            transaction.commit();
            settled(exchange);
        } catch (JMSException | IOException | RuntimeException e) {
            // Thrown it would be swallowed; set, it makes the listener roll back.
            exchange.setException(e);
            stays(exchange);
        }
    }

    /** The mail stays in its queue, unless a commit in doubt was made; who has got it should not get it again. */
    private void stays(Exchange exchange) {
        MailExchange view = MailExchange.of(exchange);
        view.item().ifPresent(item -> view.report().ifPresent(report -> unsettled.remember(item, report)));
    }

    private void keepUnsettled(Exchange exchange) throws IOException {
        QueueItem item = MailExchange.of(exchange)
                .item()
                .orElseThrow(() ->
                        new IllegalStateException("a mail was neither read nor put aside (expected: one of them)"));
        LOG.error(
                "{} is tried again later: the route {} ended without settling it; does it end with direct:settle?",
                item.id(),
                exchange.getFromRouteId());
        Placement later = Outcome.postpone(item, delay, clock.instant());
        transaction.add(List.of(later));
        transaction.afterCommit(() -> events.postponed(later));
    }
}
