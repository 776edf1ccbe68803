package dev.caravan.settle;

import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.events.PendingEvents;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.store.QueueTransaction;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles failures of settling and bouncing: defers the item, in the same transaction. Recipients that have the message
 * are never tried again. During a shutdown a message that no recipient has yet stays in its queue.
 */
public final class SettleFailureHandler implements BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(SettleFailureHandler.class);

    private final RedeliveryPolicies policies;
    private final Clock clock;
    private final ShutdownState shutdown;
    private final UncommittedReports uncommitted;
    private final MailEvents events;

    public SettleFailureHandler(
            RedeliveryPolicies policies, MailEvents events, ShutdownState shutdown, UncommittedReports uncommitted) {
        this.policies = policies;
        this.events = events;
        this.clock = uncommitted.clock();
        this.shutdown = shutdown;
        this.uncommitted = uncommitted;
    }

    /** Defers the remaining recipients of an attempt that could not be settled. */
    public void defer(
            @ExchangeProperty(MailExchange.ITEM) QueueItem item,
            @ExchangeProperty(MailExchange.REPORT) DeliveryReport report,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange)
            throws IOException {
        Set<ForwardPath> done = delivered(report);
        if (done.isEmpty() && shutdown.hasBegun()) {
            MailExchange.of(exchange).leaveInQueue("stopping: " + cause);
            return;
        }
        transaction.reset();
        if (isConfirmationOwed(item, done) && isOfDisk(cause) && isYoung(item)) {
            LOG.warn("{} was delivered and cannot be settled now; its sender is told later: {}", item.id(), cause);
            uncommitted.remember(item, report);
            transaction.add(List.of(Outcome.postpone(item, delay(item), clock.instant())));
            return;
        }
        List<Recipient> open = item.mail().envelope().recipients().stream()
                .filter(recipient -> !done.contains(recipient.path()))
                .toList();
        LOG.error("{} could not be settled; {} of its recipients wait", item.id(), open.size(), cause);
        if (!done.isEmpty()) {
            List<OutcomeEvent> outcomes = OutcomeEvents.successes(item, report, clock.instant());
            transaction.tell(PendingEvents.prepare(events, outcomes, () -> events.partlySettled(item, outcomes)));
        }
        if (open.isEmpty()) {
            transaction.release(item.mail().content());
        } else {
            Placement later = Outcome.postpone(item.withRecipients(open), delay(item), clock.instant());
            transaction.add(List.of(later));
            transaction.afterCommit(() -> events.postponed(later));
        }
    }

    /** The name of {@link #defer} in earlier releases. */
    public void retry(
            @ExchangeProperty(MailExchange.ITEM) QueueItem item,
            @ExchangeProperty(MailExchange.REPORT) DeliveryReport report,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange)
            throws IOException {
        defer(item, report, transaction, cause, exchange);
    }

    /** Only then must the item be kept; otherwise delivered recipients are simply dropped from it, which is safer. */
    private static boolean isConfirmationOwed(QueueItem item, Set<ForwardPath> done) {
        return item.recipients().stream()
                .anyMatch(r -> done.contains(r.path()) && r.notification().wants(Notify.Condition.SUCCESS));
    }

    /** Whether the failure is an I/O error; the success report is then sent later instead of being lost. */
    private static boolean isOfDisk(Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof IOException) {
                return true;
            }
        }
        return false;
    }

    /** Whether it may still be deferred; no item is deferred for ever. */
    private boolean isYoung(QueueItem item) {
        Instant now = clock.instant();
        return now.isBefore(
                Outcome.givenUpAt(item, policies.schedule(item.nextHop().transport()), now));
    }

    /** Defers a given-up item that could not be returned. */
    public void deferBounce(
            @ExchangeProperty(MailExchange.ITEM) QueueItem item,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange)
            throws IOException {
        if (shutdown.hasBegun()) {
            MailExchange.of(exchange).leaveInQueue("stopping: " + cause);
            return;
        }
        LOG.error("{} could not be returned; tried again later", item.id(), cause);
        transaction.reset();
        Placement later = Outcome.postpone(item, delay(item), clock.instant());
        transaction.addReturningTo(QueueNames.DEAD, later);
        transaction.afterCommit(() -> events.postponed(later));
    }

    /** The name of {@link #deferBounce} in earlier releases. */
    public void bounceLater(
            @ExchangeProperty(MailExchange.ITEM) QueueItem item,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange)
            throws IOException {
        deferBounce(item, transaction, cause, exchange);
    }

    private Duration delay(QueueItem item) {
        return policies.schedule(item.nextHop().transport())
                .delayAfter(item.progress().attempts() + 1);
    }

    private static Set<ForwardPath> delivered(@Nullable DeliveryReport report) {
        return report == null
                ? Set.of()
                : report.results().stream()
                        .filter(result -> result instanceof RecipientResult.Delivered)
                        .map(RecipientResult::recipient)
                        .collect(Collectors.toSet());
    }
}
