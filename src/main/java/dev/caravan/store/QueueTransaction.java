package dev.caravan.store;

import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.broker.ItemProperties;
import dev.caravan.broker.MessageCollector;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.ProducerCache;
import dev.caravan.broker.TakenItem;
import dev.caravan.broker.TransactedSend;
import dev.caravan.events.EventMessage;
import dev.caravan.events.PendingEvents;
import dev.caravan.mail.Content;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The JMS transaction in which one message was consumed, with everything that follows from it. What is added is sent
 * only by {@link #commit}, so that a step that fails half-way has sent nothing; files are removed only after the
 * commit. Used by one thread at a time, except for {@link #collect}.
 */
public final class QueueTransaction implements MessageCollector {
    private final TakenItem taken;
    private final Spool spool;
    private final Clock clock;
    private final List<PendingEvents> told = new ArrayList<>();
    private final List<TransactedSend> outgoing = new ArrayList<>();
    private final List<SetAside> foreign = new ArrayList<>();
    private final List<Collected> collected = new ArrayList<>();
    private final List<Content> released = new ArrayList<>();
    private final List<Content> made = new ArrayList<>();
    private boolean decided;
    private boolean committed;

    private record SetAside(String queue, Message message) {}

    public QueueTransaction(TakenItem taken, Spool spool, Clock clock) {
        this.taken = taken;
        this.spool = spool;
        this.clock = clock;
    }

    public Message consumed() {
        return taken.message();
    }

    /** Threads on which an attempt may go on after a step that ended elsewhere; empty if the caller must wait. */
    public Optional<Executor> workers() {
        return taken.workers();
    }

    @Override
    public Session session() {
        return taken.session();
    }

    @Override
    public synchronized boolean collect(Collected message) {
        return !committed && collected.add(message);
    }

    private synchronized List<Collected> takeCollected() {
        committed = true;
        return List.copyOf(collected);
    }

    /** Whether a step has decided what happens to the consumed message: a commit without that would lose it. */
    public boolean isDecided() {
        return decided;
    }

    /**
     * Adds items, after giving each its own spool file.
     *
     * @throws IOException if the disk refuses; nothing was added then.
     */
    public void add(List<Placement> placements) throws IOException {
        List<QueueItem> adopted =
                spool.adoptAll(placements.stream().map(Placement::item).toList());
        for (int i = 0; i < adopted.size(); i++) {
            Placement placement = placements.get(i);
            outgoing.add(message(placement.queue(), adopted.get(i)));
            Content own = adopted.get(i).mail().content();
            if (!own.equals(placement.item().mail().content())) {
                made.add(own);
            }
        }
        decided |= !placements.isEmpty();
    }

    /** Adds an item that waits and then goes to a queue other than that of its transport. */
    public void addReturningTo(String queue, Placement placement) throws IOException {
        QueueItem adopted = spool.adopt(placement.item());
        EncodedItemMessage message = message(placement.queue(), adopted);
        Map<String, Object> properties = new HashMap<>(message.properties());
        properties.put(ItemProperties.RETURN_TO, queue);
        outgoing.add(new EncodedItemMessage(message.queue(), message.octets(), properties));
        decided = true;
    }

    private EncodedItemMessage message(String queue, QueueItem item) {
        return EncodedItemMessage.of(queue, item, clock.instant());
    }

    /** Adds a message that is stored with the commit; this does not decide about the consumed message. */
    public void add(TransactedSend message) {
        outgoing.add(message);
    }

    /** Adds a text message that is sent with the commit; this does not decide about the consumed message. */
    public void addText(String queue, String text, Map<String, String> properties, String correlationId)
            throws JMSException {
        Message message = taken.session().createTextMessage(text);
        for (Map.Entry<String, String> property : properties.entrySet()) {
            message.setStringProperty(property.getKey(), property.getValue());
        }
        message.setJMSCorrelationID(correlationId);
        foreign.add(new SetAside(queue, message));
    }

    /** Adds outcomes of the transaction; this does not decide about the consumed message. */
    public void tell(PendingEvents more) {
        told.add(more);
    }

    /** Reports something once the transaction has committed; this does not decide about the consumed message. */
    public void afterCommit(Runnable report) {
        told.add(PendingEvents.afterCommit(report));
    }

    /** Adds a copy of the consumed message, of whatever kind, with the reason why it goes to this queue. */
    public void addConsumed(String queue, String reason) throws JMSException {
        foreign.add(new SetAside(queue, MessageCopy.setAside(taken.message(), reason)));
        decided = true;
    }

    /** Moves the consumed message to the tail of a queue, which may be its own, unchanged and without events. */
    public void moveTo(String queue) throws JMSException {
        foreign.add(new SetAside(queue, MessageCopy.unchanged(taken.message())));
        decided = true;
    }

    /** The consumed message is complete; the file of its content is removed after the commit. */
    public void release(Content content) {
        released.add(content);
        decided = true;
    }

    /** Forgets all that was added. */
    public void reset() {
        told.clear();
        outgoing.clear();
        foreign.clear();
        forgetCollected();
        released.clear();
        decided = false;
    }

    /**
     * Forgets all that was added, and removes the files that were made for it. Only if no commit was tried, and only
     * for a message that gets another id when it is delivered again, so that no item would ever name these files.
     */
    public void undo() {
        reset();
        made.forEach(content -> SpoolRelease.release(spool, content));
        made.clear();
    }

    private synchronized void forgetCollected() {
        collected.clear();
    }

    /**
     * Sends what was added, commits, and removes the files that were released.
     *
     * @throws JMSException if the broker refuses; the files stay, since the commit may have succeeded.
     */
    public void commit() throws JMSException {
        try {
            commitLater().toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof JMSException refused) {
                throw refused;
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    /**
     * The same without waiting.
     *
     * @return completes when it is committed, or with the exception that {@link #commit} throws.
     */
    public CompletionStage<Void> commitLater() {
        return commitLater(() -> {});
    }

    /**
     * As the other method.
     *
     * @param settled runs after the commit, before anybody is told of it.
     */
    public CompletionStage<Void> commitLater(Runnable settled) {
        // From here on they may belong to a stored message.
        made.clear();
        List<Collected> others = takeCollected();
        return taken.commit(session -> send(session, others)).thenRun(() -> {
            settled.run();
            told.forEach(PendingEvents::committed);
            released.forEach(content -> SpoolRelease.release(spool, content));
            reset();
        });
    }

    private void send(Session session, List<Collected> others) throws JMSException {
        List<EventMessage> events =
                told.stream().flatMap(one -> one.messages().stream()).toList();
        if (outgoing.isEmpty() && foreign.isEmpty() && events.isEmpty() && others.isEmpty()) {
            return;
        }
        ProducerCache producers = ProducerCache.of(session);
        // Events first: the events of the next attempt may be sent as soon as the broker has dispatched the item.
        for (EventMessage event : events) {
            event.send(session, producers);
        }
        for (TransactedSend message : outgoing) {
            message.send(session, producers);
        }
        for (SetAside message : foreign) {
            producers.to(message.queue()).send(MessageCopy.again(message.message()));
        }
        for (Collected message : others) {
            producers
                    .to(message.destination())
                    .send(
                            MessageCopy.again(message.message()),
                            message.deliveryMode(),
                            message.priority(),
                            message.timeToLive());
        }
    }
}
