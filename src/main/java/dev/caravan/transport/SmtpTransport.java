package dev.caravan.transport;

import dev.caravan.broker.QueueOf;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.DeliveryResult;
import dev.caravan.delivery.ItemOrigin;
import dev.caravan.delivery.ParkingLane;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.SmtpDelivery;
import dev.caravan.delivery.SmtpDeliverySettings;
import dev.caravan.delivery.SmtpDestination;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.login.SmartHost;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import dev.caravan.net.TlsPolicy;
import dev.caravan.outcome.Outcome;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.store.QueueTransaction;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;

/**
 * Delivers by SMTP. In a route from {@code deliver:} no thread waits for the attempt; in one from {@code mailqueue:}
 * the thread that has the item's transaction waits.
 */
public final class SmtpTransport implements BlockingStep {
    private final SmtpDelivery delivery;
    private final RedeliveryPolicies policies;
    private final ShutdownState shutdown;
    private final Clock clock;
    private final Supplier<ChooseNextHop> nextHops;
    private volatile UnaryOperator<HostAndPort> place = UnaryOperator.identity();
    private volatile Optional<ParkedMail> parkedMail = Optional.empty();
    private volatile ParkingListener parkingListener = (item, queue, reason) -> {};

    /** Is told of items that are parked. */
    @FunctionalInterface
    public interface ParkingListener {
        /**
         * An item is in a lane; called after the commit.
         *
         * @param queue the lane.
         * @param reason for operators.
         */
        void parked(QueueItem item, String queue, String reason);
    }

    /** @param nextHops is asked at each attempt for the present rule. */
    public SmtpTransport(
            SmtpDelivery delivery,
            Supplier<ChooseNextHop> nextHops,
            RedeliveryPolicies policies,
            ShutdownState shutdown,
            Clock clock) {
        this.delivery = delivery;
        this.nextHops = nextHops;
        this.policies = policies;
        this.shutdown = shutdown;
        this.clock = clock;
    }

    /** From now on items may be parked. */
    void parkedMail(ParkedMail parked, ParkingListener listener) {
        parkingListener = listener;
        parkedMail = Optional.of(parked);
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
        ChooseNextHop rule = nextHops.get();
        ReversePath sender = queued.mail().envelope().reversePath();
        QueueItem item = queued.withNextHop(rule.forAttempt(queued.nextHop(), sender, queued.recipients()));
        MailExchange.of(exchange).item(item);
        return deliver(item, destination(item, rule), exchange);
    }

    private SmtpDestination destination(QueueItem item, ChooseNextHop rule) {
        String text = item.nextHop().destination();
        if (text.startsWith(ChooseNextHop.SMART_HOST)) {
            return via(text.substring(ChooseNextHop.SMART_HOST.length()), rule);
        } else if (!text.isEmpty() || rule.smartHosts().isEmpty()) {
            return SmtpDestination.parse(text);
        }
        ReversePath sender = item.mail().envelope().reversePath();
        Map<ForwardPath, SmtpDestination.OneWay> ways = new HashMap<>();
        for (Recipient recipient : item.recipients()) {
            ForwardPath path = recipient.path();
            Optional<SmartHost> smart = rule.smartHosts().choose(sender, path.domain());
            if (smart.isPresent()) {
                ways.put(path, new SmtpDestination.Via(redirected(smart.get())));
            } else if (!rule.relayHosts().isEmpty()) {
                ways.put(path, new SmtpDestination.RelayHosts(rule.relayHosts()));
            }
        }
        return new SmtpDestination.Several(ways);
    }

    private SmtpDestination via(String name, ChooseNextHop rule) {
        return rule.smartHosts()
                .named(name)
                .<SmtpDestination>map(host -> new SmtpDestination.Via(redirected(host)))
                .orElseThrow(() -> new IllegalArgumentException(
                        "no smart host " + name + " (expected: one of the file of delivery.smarthosts)"));
    }

    /** In tests of routes nothing leaves this machine, and no secret either. */
    private SmartHost redirected(SmartHost host) {
        UnaryOperator<HostAndPort> other = place;
        List<HostAndPort> hosts = host.hosts().stream().map(other).toList();
        return hosts.equals(host.hosts())
                ? host
                : new SmartHost(
                        host.name(), hosts, TlsPolicy.NONE, Optional.empty(), SmartHost.Limits.NONE, host.otherwise());
    }

    /**
     * Delivers by a smart host that the route names.
     *
     * @param name of the table of smart hosts.
     * @return the report, which completes on a thread that may block; in a route from {@code mailqueue:} it is
     *     complete.
     * @throws IllegalArgumentException if there is none of that name; then the message is deferred.
     */
    public CompletionStage<DeliveryReport> deliverVia(
            @Argument(ArgumentForm.SMART_HOST) String name, Exchange exchange) {
        QueueItem item = MailExchange.of(exchange).item().orElseThrow();
        return deliver(item, via(name, nextHops.get()), exchange);
    }

    /**
     * Says what connections of the delivery that follows in the route require of TLS, whatever the tables say.
     *
     * @param level none, may, encrypt or verify.
     */
    public void tls(@Argument(ArgumentForm.TLS_LEVEL) String level, Exchange exchange) {
        MailExchange.of(exchange).own(TlsPolicy.of(TlsPolicy.Level.valueOf(level.toUpperCase(Locale.ROOT))));
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
        return deliver(item, new SmtpDestination.RelayHosts(hosts), exchange);
    }

    private Instant givenUpAt(QueueItem item) {
        RetrySchedule schedule = policies.schedule(item.nextHop().transport());
        return Outcome.givenUpAt(item, schedule, clock.instant());
    }

    private void requireNotAborting() {
        if (shutdown.isAborting()) {
            throw new LeaveInQueueException("stopping: the message stays in its queue");
        }
    }

    private CompletionStage<DeliveryReport> deliver(QueueItem item, SmtpDestination destination, Exchange exchange) {
        CompletionStage<DeliveryResult> attempt = delivery.attempt(
                item.mail(),
                destination,
                givenUpAt(item),
                MailExchange.of(exchange).progress(),
                origin(exchange),
                MailExchange.of(exchange).own(TlsPolicy.class));
        Function<DeliveryResult, @Nullable DeliveryReport> next = result -> goOn(result, item, exchange);
        // The steps that follow may block, so they do not run on the event loop that ends the attempt.
        Optional<Executor> workers = MailExchange.of(exchange).transaction().flatMap(QueueTransaction::workers);
        return workers.isPresent()
                ? attempt.thenApplyAsync(next, workers.get())
                : CompletableFuture.completedFuture(
                        next.apply(attempt.toCompletableFuture().join()));
    }

    /** Only what a source has taken is parked: it takes it from the lane again. */
    private ItemOrigin origin(Exchange exchange) {
        Optional<QueueTransaction> transaction = MailExchange.of(exchange).transaction();
        ParkedMail parked = parkedMail.orElse(null);
        if (parked == null || transaction.flatMap(QueueTransaction::workers).isEmpty()) {
            return ItemOrigin.UNKNOWN;
        }
        Message message = transaction.get().consumed();
        String queue = queue(message);
        if (queue.startsWith(QueueNames.DELIVER_PREFIX)) {
            String transport = queue.substring(QueueNames.DELIVER_PREFIX.length());
            return new ItemOrigin(transport, Optional.empty(), mayPark(parked, transport, exchange));
        }
        if (queue.startsWith(QueueNames.PARKED_PREFIX)) {
            int dot = queue.indexOf('.', QueueNames.PARKED_PREFIX.length());
            String transport = queue.substring(QueueNames.PARKED_PREFIX.length(), dot);
            boolean mayPark = mayPark(parked, transport, exchange) && !parked.isOld(message);
            return new ItemOrigin(transport, Optional.of(new ParkingLane(queue.substring(dot + 1))), mayPark);
        }
        return ItemOrigin.UNKNOWN;
    }

    /** Not what has a deadline: a lane is left when there is a place, and not at a time. */
    private static boolean mayPark(ParkedMail parked, String transport, Exchange exchange) {
        return parked.isServed(transport)
                && MailExchange.of(exchange).item().flatMap(QueueItem::deadline).isEmpty();
    }

    private static String queue(Message message) {
        try {
            return QueueOf.message(message).orElse("");
        } catch (JMSException e) {
            // A message without a readable destination is not parked.
            return "";
        }
    }

    /** Null if the item was parked. */
    private @Nullable DeliveryReport goOn(DeliveryResult result, QueueItem item, Exchange exchange) {
        if (result instanceof DeliveryResult.Parked parked) {
            requireNotAborting();
            park(parked.lane(), item, exchange);
            return null;
        }
        return unlessCutOff(((DeliveryResult.Reported) result).report());
    }

    private void park(ParkingLane lane, QueueItem item, Exchange exchange) {
        QueueTransaction transaction = MailExchange.of(exchange).transaction().orElseThrow();
        String transport = origin(exchange).transport();
        String queue = QueueNames.parked(transport, lane.name());
        try {
            transaction.moveTo(queue);
            parkedMail.flatMap(parked -> parked.entry(queue)).ifPresent(transaction::add);
        } catch (JMSException e) {
            throw new LeaveInQueueException(item.id() + " could not be parked: " + e.getMessage());
        }
        transaction.afterCommit(() -> {
            parkedMail.ifPresent(parked -> parked.entered(queue));
            delivery.parked(transport, lane);
            parkingListener.parked(item, queue, lane.reason());
        });
        exchange.setRouteStop(true);
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
