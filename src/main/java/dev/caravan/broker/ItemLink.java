package dev.caravan.broker;

import dev.caravan.broker.ItemSource.Held;
import dev.caravan.lifecycle.Threads;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.TransactionContext;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.command.SessionInfo;
import org.apache.activemq.command.TransactionId;
import org.apache.activemq.transport.TransportListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of an {@link ItemSource}: its consumers, and the thread that settles what has ended. A transaction and
 * the consumers whose messages it acknowledges must belong to one connection. After an error it opens another one.
 */
final class ItemLink {
    private static final Logger LOG = LoggerFactory.getLogger(ItemLink.class);

    /** Above the numbers that the client library gives to sessions. */
    private static final long SESSION = 1L << 40;

    private static final int MOST_TOGETHER = 256;
    private static final long MOST_OCTETS = 8L << 20;
    private static final int BATCH = 16;
    private static final long TICK_MILLIS = 1000;
    /** A consumer of another queue than the main one ends when it had nothing to do for so many ticks. */
    private static final int IDLE_TICKS = 10;

    private final ItemSource source;
    private final BrokerConnections connections;
    private final String name;
    private final LinkedBlockingQueue<Object> ended = new LinkedBlockingQueue<>();
    private static final Object WAKE = new Object();
    private volatile @Nullable Open open;

    ItemLink(ItemSource source, BrokerConnections connections, String name) {
        this.source = source;
        this.connections = connections;
        this.name = name;
    }

    void start() {
        Threads.start(name, this::run);
    }

    private void run() {
        long ticked = System.nanoTime();
        while (!source.isClosed()) {
            try {
                Open now = new Open();
                open = now;
                source.available();
                now.main.ask();
                while (!source.isClosed() && now.isWhole()) {
                    now.settleNext();
                    if (System.nanoTime() - ticked > TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
                        ticked = System.nanoTime();
                        now.closeIdle();
                        source.expire();
                        now.main.ask();
                    }
                }
                now.why().ifPresent(source::unavailable);
            } catch (JMSException | RuntimeException e) {
                source.unavailable(e);
            }
            end();
            if (!source.isClosed()) {
                source.expire();
                source.pause();
            }
        }
        end();
        source.linkEnded();
    }

    private void end() {
        Open old = open;
        open = null;
        if (old != null) {
            old.close();
        }
        source.detach(this);
        ended.removeIf(one -> one != WAKE);
    }

    /** Asks for messages if a place is free; may call the broker. */
    void ask() {
        Open now = open;
        if (now != null) {
            now.main.ask();
        }
    }

    void askForNoMore() {
        Open now = open;
        if (now != null) {
            now.main.askForNoMore();
        }
    }

    void wake() {
        ended.add(WAKE);
    }

    /** A message has ended and is to be settled; never blocks. */
    void settle(Held item) {
        ended.add(item);
    }

    void broken(Throwable why) {
        Open now = open;
        if (now != null) {
            now.broken(why);
        }
    }

    CompletionStage<Integer> take(String queue, int most) {
        return CompletableFuture.supplyAsync(() -> open(queue), source::onThreadOrHere)
                .thenCompose(consumer -> consumer.take(most));
    }

    private PullConsumer open(String queue) {
        Open now = open;
        if (now == null || source.isClosed()) {
            throw new IllegalStateException("the broker is unavailable");
        }
        try {
            return now.consumer(queue);
        } catch (JMSException e) {
            now.broken(e);
            throw new IllegalStateException("the broker is unavailable", e);
        }
    }

    /** A consumer of another queue, and for how long it had nothing to do. */
    private static final class Other {
        private final PullConsumer consumer;
        private int idleTicks;

        private Other(PullConsumer consumer) {
            this.consumer = consumer;
        }
    }

    /** A connection that is open. */
    private final class Open implements TransportListener {
        private final ActiveMQConnection connection;
        private final SessionId session;
        private final ActiveMQSession transacted;
        private final Session sending;
        private final PullConsumer main;
        private final int batch;
        private final Map<String, Other> others = new HashMap<>();
        private int consumers;
        private volatile @Nullable Throwable failure;

        Open() throws JMSException {
            batch = connections.isEmbedded() ? BATCH : 1;
            connection = connections.openForItems();
            try {
                connection.addTransportListener(this);
                session = new SessionId(connection.getConnectionInfo().getConnectionId(), SESSION);
                connection.syncSendPacket(new SessionInfo(session));
                transacted = (ActiveMQSession) connection.createSession(true, Session.SESSION_TRANSACTED);
                sending = ProducerCache.keeping(transacted);
                main = PullConsumer.open(
                        source, ItemLink.this, connection, session, ++consumers, source.queue(), batch);
            } catch (JMSException | RuntimeException e) {
                connection.close();
                throw e;
            }
        }

        synchronized PullConsumer consumer(String queue) throws JMSException {
            Other known = others.get(queue);
            if (known == null) {
                known = new Other(PullConsumer.open(source, ItemLink.this, connection, session, ++consumers, queue, 1));
                others.put(queue, known);
            }
            known.idleTicks = 0;
            return known.consumer;
        }

        boolean isWhole() {
            return failure == null;
        }

        Optional<Throwable> why() {
            return Optional.ofNullable(failure);
        }

        void broken(Throwable why) {
            if (failure == null) {
                failure = why;
                wake();
            }
        }

        @Override
        public void onCommand(Object command) {}

        @Override
        public void onException(IOException error) {
            broken(error);
        }

        @Override
        public void transportInterupted() {
            broken(new IOException("the connection to the broker was lost"));
        }

        @Override
        public void transportResumed() {}

        /** Ends consumers of other queues that have nothing to do. */
        private synchronized void closeIdle() throws JMSException {
            Set<PullConsumer> used = new HashSet<>();
            if (!others.isEmpty()) {
                source.addConsumersInUse(used);
            }
            for (Iterator<Other> all = others.values().iterator(); all.hasNext(); ) {
                Other one = all.next();
                one.idleTicks = used.contains(one.consumer) || !one.consumer.isIdle() ? 0 : one.idleTicks + 1;
                if (one.idleTicks > IDLE_TICKS) {
                    all.remove();
                    one.consumer.close();
                }
            }
        }

        void settleNext() {
            try {
                Object first = ended.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
                List<Held> batch = new ArrayList<>();
                long octets = 0;
                for (Object next = first; next != null; ) {
                    if (next instanceof Held item) {
                        batch.add(item);
                        octets += item.size();
                    }
                    next = batch.size() < MOST_TOGETHER && octets < MOST_OCTETS ? ended.poll() : null;
                }
                if (!batch.isEmpty()) {
                    settle(batch);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                broken(e);
            }
        }

        private void settle(List<Held> items) {
            List<Held> sent = new ArrayList<>();
            try {
                TransactionContext context = transacted.getTransactionContext();
                context.begin();
                TransactionId transaction = context.getTransactionId();
                for (Held item : items) {
                    Optional<PullConsumer> from = item.from();
                    Optional<TakenItem.Work> work = item.beginSettling(ItemLink.this);
                    if (work.isPresent() && from.isPresent()) {
                        sent.add(item);
                        work.get().send(sending);
                        from.get().acknowledge((ActiveMQMessage) item.message(), transaction);
                    }
                }
                transacted.commit();
            } catch (JMSException | RuntimeException e) {
                sent.forEach(item -> item.stopSettling(ItemLink.this));
                failed(items, e);
                return;
            }
            source.committed(sent);
        }

        private void failed(List<Held> items, Exception why) {
            LOG.debug("a transaction of {} messages failed: {}", items.size(), why.toString());
            try {
                transacted.rollback();
            } catch (JMSException | RuntimeException e) {
                LOG.debug("a rollback failed, the connection is closed instead: {}", e.toString());
                broken(why);
            }
            if (!isWhole() || connection.isTransportFailed() || connection.isClosed()) {
                // The results stay with their messages, which are dispatched again.
                broken(why);
            } else if (items.size() == 1) {
                items.get(0).fail(why);
            } else {
                for (Held item : items) {
                    if (isWhole()) {
                        settle(List.of(item));
                    }
                }
            }
        }

        void close() {
            main.gone();
            synchronized (this) {
                others.values().forEach(other -> other.consumer.gone());
            }
            try {
                if (!isWhole()) {
                    connection.getTransport().stop();
                }
                connection.close();
            } catch (Exception e) {
                // A connection that cannot be closed is as good as closed: the broker ends it.
                LOG.debug("closing a connection: {}", e.toString());
            }
        }
    }
}
