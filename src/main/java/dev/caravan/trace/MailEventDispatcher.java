package dev.caravan.trace;

import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Notice;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.QueueItem;
import dev.caravan.session.RefusedCommand;
import dev.caravan.session.SessionFacts;
import dev.caravan.smtp.Reply;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes each event to a fixed list of listeners, in their order. A listener that throws affects neither the message
 * nor the other listeners: the failure is logged, at most once in half a minute for each listener.
 */
public final class MailEventDispatcher implements MailEvents {
    private static final Logger LOG = LoggerFactory.getLogger(MailEventDispatcher.class);
    private static final long PAUSE_NANOS = 30_000_000_000L;

    private final List<Listener> listeners;

    public MailEventDispatcher(List<? extends MailEvents> listeners) {
        this(listeners, System::nanoTime);
    }

    MailEventDispatcher(List<? extends MailEvents> listeners, LongSupplier nanoTime) {
        this.listeners = listeners.stream()
                .map(listener -> new Listener(listener, nanoTime))
                .toList();
    }

    private static final class Listener {
        private final MailEvents events;
        private final LongSupplier nanoTime;
        private boolean hasFailed;
        private long loggedAt;
        private long unlogged;

        Listener(MailEvents events, LongSupplier nanoTime) {
            this.events = events;
            this.nanoTime = nanoTime;
        }

        void tell(Consumer<MailEvents> event) {
            try {
                event.accept(events);
            } catch (RuntimeException | AssertionError | LinkageError e) {
                failed(e);
            }
        }

        boolean wantsDecisions() {
            try {
                return events.wantsDecisions();
            } catch (RuntimeException | AssertionError | LinkageError e) {
                failed(e);
                return false;
            }
        }

        private synchronized void failed(Throwable failure) {
            long now = nanoTime.getAsLong();
            if (hasFailed && now - loggedAt < PAUSE_NANOS) {
                unlogged++;
                return;
            }
            LOG.error(
                    "{} failed to handle a mail event, which it therefore misses; {} more failures since the last line",
                    events.getClass().getSimpleName(),
                    unlogged,
                    failure);
            hasFailed = true;
            loggedAt = now;
            unlogged = 0;
        }
    }

    private void each(Consumer<MailEvents> event) {
        for (Listener listener : listeners) {
            listener.tell(event);
        }
    }

    @Override
    public boolean wantsDecisions() {
        for (Listener listener : listeners) {
            if (listener.wantsDecisions()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void decided(Decision decision) {
        each(listener -> listener.decided(decision));
    }

    @Override
    public void committing(List<OutcomeEvent> outcomes, OutcomeMessages messages) {
        each(listener -> listener.committing(outcomes, messages));
    }

    @Override
    public void accepted(MailObject mail, List<Placement> placements, List<OutcomeEvent> outcomes) {
        each(listener -> listener.accepted(mail, placements, outcomes));
    }

    @Override
    public void held(MailObject mail, String reason) {
        each(listener -> listener.held(mail, reason));
    }

    @Override
    public void discarded(MailObject mail, String reason) {
        each(listener -> listener.discarded(mail, reason));
    }

    @Override
    public void recipientsDiscarded(MailObject part, String reason) {
        each(listener -> listener.recipientsDiscarded(part, reason));
    }

    @Override
    public void settled(QueueItem item, DeliveryReport report, Settlement settlement, List<OutcomeEvent> outcomes) {
        each(listener -> listener.settled(item, report, settlement, outcomes));
    }

    @Override
    public void partlySettled(QueueItem item, List<OutcomeEvent> outcomes) {
        each(listener -> listener.partlySettled(item, outcomes));
    }

    @Override
    public void bounced(QueueItem item, boolean isReported, List<OutcomeEvent> outcomes) {
        each(listener -> listener.bounced(item, isReported, outcomes));
    }

    @Override
    public void notified(QueueItem item, Notice.Kind kind, MailObject notification) {
        each(listener -> listener.notified(item, kind, notification));
    }

    @Override
    public void parked(QueueItem item, String queue, String reason) {
        each(listener -> listener.parked(item, queue, reason));
    }

    @Override
    public void smartHostPaused(String smartHost, String reason, Instant until) {
        each(listener -> listener.smartHostPaused(smartHost, reason, until));
    }

    @Override
    public void smartHostResumed(String smartHost) {
        each(listener -> listener.smartHostResumed(smartHost));
    }

    @Override
    public void postponed(Placement waiting) {
        each(listener -> listener.postponed(waiting));
    }

    @Override
    public void removed(QueueItem item, String queue, List<OutcomeEvent> outcomes) {
        each(listener -> listener.removed(item, queue, outcomes));
    }

    @Override
    public void heldByOperator(QueueItem item, String queue, Hold hold) {
        each(listener -> listener.heldByOperator(item, queue, hold));
    }

    @Override
    public void released(QueueItem item) {
        each(listener -> listener.released(item));
    }

    @Override
    public void flushed(String item, String queue) {
        each(listener -> listener.flushed(item, queue));
    }

    @Override
    public void invalid(String queue, String messageId, String reason) {
        each(listener -> listener.invalid(queue, messageId, reason));
    }

    @Override
    public void contentMissing(QueueItem item, String reason) {
        each(listener -> listener.contentMissing(item, reason));
    }

    @Override
    public void inDoubt(String id, String reason) {
        each(listener -> listener.inDoubt(id, reason));
    }

    @Override
    public void connected(SessionFacts facts) {
        each(listener -> listener.connected(facts));
    }

    @Override
    public void refused(SessionFacts facts, Reply reply, RefusedCommand what) {
        each(listener -> listener.refused(facts, reply, what));
    }

    @Override
    public void secured(SessionFacts facts) {
        each(listener -> listener.secured(facts));
    }

    @Override
    public void notSecured(SessionFacts facts, String why) {
        each(listener -> listener.notSecured(facts, why));
    }

    @Override
    public void loggedIn(SessionFacts facts) {
        each(listener -> listener.loggedIn(facts));
    }

    @Override
    public void loginFailed(SessionFacts facts, String user, SaslMechanism mechanism, LoginFailure why) {
        each(listener -> listener.loginFailed(facts, user, mechanism, why));
    }

    @Override
    public void closed(SessionFacts facts) {
        each(listener -> listener.closed(facts));
    }
}
