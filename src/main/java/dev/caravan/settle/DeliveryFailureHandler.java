package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles failures of delivery routes: every recipient is deferred, none is lost or returned. The cause is another host or
 * the network if the exception says so, or else a fault of this server. During a shutdown the failure may be its effect: then the message stays in its queue, and no attempt is
 * counted.
 */
public final class DeliveryFailureHandler implements BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryFailureHandler.class);

    private final Clock clock;

    private final ShutdownState shutdown;

    public DeliveryFailureHandler(Clock clock, ShutdownState shutdown) {
        this.clock = clock;
        this.shutdown = shutdown;
    }

    /**
     * Defers all recipients that do not have the message.
     *
     * @param known the report that was being settled when the route failed; its delivered recipients must not get the
     *     message again.
     * @return null if the message stays in its queue instead.
     */
    public @Nullable DeliveryReport deferAll(
            @ExchangeProperty(MailExchange.ITEM) @Nullable QueueItem item,
            @ExchangeProperty(MailExchange.REPORT) @Nullable DeliveryReport known,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange) {
        if (shutdown.hasBegun()) {
            MailExchange.of(exchange).leaveInQueue("stopping: " + cause);
            return null;
        }
        if (item == null || cause instanceof LeaveInQueueException) {
            MailExchange.of(exchange).leaveInQueue(String.valueOf(item == null ? cause : cause.getMessage()));
            return null;
        }
        // What fails while a report is settled is this server, even if its broker is at the end of a connection.
        Optional<Diagnosis> peer = known == null ? PeerFailure.diagnosis(cause, exchange) : Optional.empty();
        peer.ifPresentOrElse(
                found -> LOG.warn(
                        "{} is deferred, the attempt by {} failed: {}",
                        item.id(),
                        item.nextHop().transport(),
                        found.line()),
                () -> LOG.error("{} is deferred, its delivery route failed", item.id(), cause));
        Diagnosis diagnosis = peer.orElseGet(
                () -> Diagnosis.ours("4.3.0", "The delivery attempt failed because of a fault of this server."));
        transaction.reset();
        List<RecipientResult> results = new ArrayList<>();
        Set<ForwardPath> done = new HashSet<>();
        for (RecipientResult result : known == null ? List.<RecipientResult>of() : known.results()) {
            if (result instanceof RecipientResult.Delivered && done.add(result.recipient())) {
                results.add(result);
            }
        }
        for (Recipient recipient : item.mail().envelope().recipients()) {
            if (!done.contains(recipient.path())) {
                results.add(new RecipientResult.Deferred(recipient.path(), diagnosis));
            }
        }
        return new DeliveryReport(clock.instant(), results, known == null ? List.of() : known.hosts());
    }

    /** The name of {@link #deferAll} in earlier releases. */
    public @Nullable DeliveryReport report(
            @ExchangeProperty(MailExchange.ITEM) @Nullable QueueItem item,
            @ExchangeProperty(MailExchange.REPORT) @Nullable DeliveryReport known,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange) {
        return deferAll(item, known, transaction, cause, exchange);
    }
}
