package dev.caravan.transport;

import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.SmtpDelivery;
import dev.caravan.delivery.SmtpDeliverySettings;
import dev.caravan.delivery.SmtpDestination;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import dev.caravan.outcome.Outcome;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.store.QueueTransaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;

/**
 * Delivers by SMTP. In a route from {@code deliver:} no thread waits for the attempt; in one from {@code mailqueue:}
 * the thread that has the item's transaction waits.
 */
public final class SmtpTransport implements BlockingStep {
    private final SmtpDelivery delivery;
    private final RedeliveryPolicies policies;
    private final ShutdownState shutdown;
    private final Supplier<ChooseNextHop> nextHops;
    private volatile UnaryOperator<HostAndPort> place = UnaryOperator.identity();

    /** @param nextHops is asked at each attempt for the present rule. */
    public SmtpTransport(
            SmtpDelivery delivery,
            Supplier<ChooseNextHop> nextHops,
            RedeliveryPolicies policies,
            ShutdownState shutdown) {
        this.delivery = delivery;
        this.nextHops = nextHops;
        this.policies = policies;
        this.shutdown = shutdown;
    }

    /** Redirects connections to hosts that a route names; for tests of routes. */
    public void redirect(UnaryOperator<HostAndPort> other) {
        place = other;
    }

    /**
     * Delivers to the next hop of the item: the MX hosts of a domain, or the relay host of the settings. The relay host
     * of the present settings replaces the next hop of the item, and is kept in the item.
     *
     * @return the report, which completes on a thread that may block; in a route from {@code mailqueue:} it is
     *     complete.
     */
    public CompletionStage<DeliveryReport> deliver(
            @ExchangeProperty(MailExchange.ITEM) QueueItem queued, Exchange exchange) {
        QueueItem item = queued.withNextHop(nextHops.get().forAttempt(queued.nextHop(), queued.recipients()));
        MailExchange.of(exchange).item(item);
        SmtpDestination destination = SmtpDestination.parse(item.nextHop().destination());
        return report(
                delivery.attempt(
                        item.mail(),
                        destination,
                        givenUpAt(item),
                        MailExchange.of(exchange).progress()),
                exchange);
    }

    /**
     * Delivers to hosts that the route names, instead of those of the recipients' domains.
     *
     * @param names {@code host} or {@code host:port}, separated by commas; tried in this order.
     * @return the report, which completes on a thread that may block; in a route from {@code mailqueue:} it is
     *     complete.
     * @throws IllegalArgumentException if they are malformed; then the message is deferred.
     */
    public CompletionStage<DeliveryReport> deliverTo(@Argument(ArgumentForm.HOSTS) String names, Exchange exchange) {
        QueueItem item = MailExchange.of(exchange).item().orElseThrow();
        List<HostAndPort> named = HostAndPort.parseAll(names, SmtpDeliverySettings.SMTP_PORT);
        List<RelayHost> hosts = named.stream().map(place).map(RelayHost::new).toList();
        return report(
                delivery.attempt(
                        item.mail(),
                        new SmtpDestination.RelayHosts(hosts),
                        givenUpAt(item),
                        MailExchange.of(exchange).progress()),
                exchange);
    }

    private Instant givenUpAt(QueueItem item) {
        RetrySchedule schedule = policies.schedule(item.nextHop().transport());
        return Outcome.givenUpAt(item, schedule);
    }

    private void requireNotAborting() {
        if (shutdown.isAborting()) {
            throw new LeaveInQueueException("stopping: the message stays in its queue");
        }
    }

    /** The steps that follow may block, so they do not run on the event loop that ends the attempt. */
    private CompletionStage<DeliveryReport> report(CompletionStage<DeliveryReport> attempt, Exchange exchange) {
        Optional<Executor> workers = MailExchange.of(exchange).transaction().flatMap(QueueTransaction::workers);
        return workers.isPresent()
                ? attempt.thenApplyAsync(this::unlessCutOff, workers.get())
                : CompletableFuture.completedFuture(
                        unlessCutOff(attempt.toCompletableFuture().join()));
    }

    private DeliveryReport unlessCutOff(DeliveryReport report) {
        // The result of an attempt that the shutdown has cut off means nothing; but recipients that have the message
        // must not get it again.
        if (report.results().stream().noneMatch(RecipientResult.Delivered.class::isInstance)) {
            requireNotAborting();
        }
        return report;
    }
}
