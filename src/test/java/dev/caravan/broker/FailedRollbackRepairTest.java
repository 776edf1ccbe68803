package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.LocalTransactionId;
import org.apache.activemq.command.TransactionId;
import org.apache.activemq.transaction.LocalTransaction;
import org.apache.activemq.transaction.Synchronization;
import org.apache.activemq.transaction.Transaction;
import org.junit.jupiter.api.Test;

/** A transaction that can neither be committed nor rolled back, for want of room, is undone all the same. */
class FailedRollbackRepairTest {
    private final AtomicBoolean isFull = new AtomicBoolean(true);
    private final List<TransactionId> written = new ArrayList<>();
    private final List<TransactionId> undone = new ArrayList<>();
    private final ConnectionContext context = new ConnectionContext();
    private final FailedRollbackRepair broker = new FailedRollbackRepair(
            new BrokerFilter(null) {
                @Override
                public void commitTransaction(ConnectionContext of, TransactionId id, boolean onePhase)
                        throws Exception {
                    end(id);
                }

                @Override
                public void rollbackTransaction(ConnectionContext of, TransactionId id) throws Exception {
                    end(id);
                }
            },
            written::add);

    private void end(TransactionId id) throws IOException {
        context.getTransactions().remove(id);
        if (isFull.get()) {
            throw new IOException("No space left on device");
        }
    }

    @Test
    void givesBackWhatWasConsumedAndWritesThatWhenThereIsRoom() throws Exception {
        TransactionId first = begin(1);
        TransactionId second = begin(2);
        assertThrows(IOException.class, () -> broker.commitTransaction(context, first, true));
        assertThrows(IOException.class, () -> broker.rollbackTransaction(context, second));
        assertEquals(List.of(first, second), undone);
        assertEquals(List.of(), written);
        isFull.set(false);
        broker.commitTransaction(context, begin(3), true);
        assertEquals(List.of(first, second), written);
        assertEquals(List.of(first, second), undone);
    }

    private TransactionId begin(long number) {
        LocalTransactionId id = new LocalTransactionId(new ConnectionId("test"), number);
        Transaction transaction = new LocalTransaction(null, id, context);
        transaction.addSynchronization(new Synchronization() {
            @Override
            public void afterRollback() {
                undone.add(id);
            }
        });
        context.setTransactions(
                context.getTransactions() == null ? new ConcurrentHashMap<>() : context.getTransactions());
        context.getTransactions().put(id, transaction);
        return id;
    }
}
