package dev.caravan.broker;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.command.TransactionId;
import org.apache.activemq.store.TransactionStore;
import org.apache.activemq.transaction.Transaction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rolls back transactions whose commit and rollback both failed because the disk was full. The library hides the
 * messages that they consumed until the next start, and keeps the journal files in which they began. This filter
 * returns the messages to their queues at once, and writes the rollback when there is room again.
 */
final class FailedRollbackRepair extends BrokerFilter {
    private static final Logger LOG = LoggerFactory.getLogger(FailedRollbackRepair.class);

    /** Writes a rollback to the store. */
    interface Rollback {
        void write(TransactionId id) throws IOException;
    }

    private final Rollback rollback;
    private final Queue<TransactionId> unwritten = new ConcurrentLinkedQueue<>();

    FailedRollbackRepair(Broker next, Rollback rollback) {
        super(next);
        this.rollback = rollback;
    }

    /** For the store that the broker has at the time of the rollback. */
    static FailedRollbackRepair of(Broker next) {
        return new FailedRollbackRepair(next, id -> {
            TransactionStore store =
                    next.getBrokerService().getPersistenceAdapter().createTransactionStore();
            store.rollback(id);
        });
    }

    private interface Step {
        void run() throws Exception;
    }

    @Override
    public void commitTransaction(ConnectionContext context, TransactionId id, boolean onePhase) throws Exception {
        end(context, id, () -> super.commitTransaction(context, id, onePhase));
        writeRollbacks();
    }

    @Override
    public void rollbackTransaction(ConnectionContext context, TransactionId id) throws Exception {
        end(context, id, () -> super.rollbackTransaction(context, id));
    }

    private void end(ConnectionContext context, TransactionId id, Step step) throws Exception {
        // Looked up first: a completed transaction cannot be found any more.
        Transaction transaction =
                id.isLocalTransaction() ? context.getTransactions().get(id) : null;
        try {
            step.run();
        } catch (IOException e) {
            // Only a failed rollback throws this type; a commit that was rolled back throws another.
            if (transaction != null && !transaction.isCommitted()) {
                LOG.warn("a transaction is undone, although that cannot be written now: {}", e.toString());
                transaction.fireAfterRollback();
                unwritten.add(id);
            }
            throw e;
        }
    }

    /** Called after a commit, which shows that there is room. */
    private void writeRollbacks() {
        for (TransactionId id = unwritten.poll(); id != null; id = unwritten.poll()) {
            try {
                rollback.write(id);
            } catch (IOException e) {
                LOG.debug("{} cannot be written yet: {}", id, e.toString());
                unwritten.add(id);
                return;
            }
        }
    }
}
