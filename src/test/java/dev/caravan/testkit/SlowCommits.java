package dev.caravan.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.activemq.broker.Broker;
import org.apache.activemq.broker.BrokerFilter;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.ConnectionContext;
import org.apache.activemq.command.TransactionId;

/** A broker whose disk takes four seconds to sync. */
public final class SlowCommits implements BrokerPlugin {
    private static final Duration SYNC = Duration.ofSeconds(4);

    @Override
    public Broker installPlugin(Broker broker) {
        return new BrokerFilter(broker) {
            @Override
            public void commitTransaction(ConnectionContext context, TransactionId transaction, boolean onePhase)
                    throws Exception {
                long end = System.nanoTime() + SYNC.toNanos();
                while (System.nanoTime() - end < 0) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
                super.commitTransaction(context, transaction, onePhase);
            }
        };
    }
}
