package dev.caravan.broker;

import jakarta.jms.JMSException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQDispatcher;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ConsumerId;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.MessageAck;
import org.apache.activemq.command.MessageDispatch;
import org.apache.activemq.command.MessagePull;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.command.TransactionId;
import org.jspecify.annotations.Nullable;

/**
 * A consumer that gets exactly the messages that it asks for, and acknowledges nothing by itself. It is one of the
 * OpenWire protocol, without the JMS consumer of the client library, which would keep a list of all messages that are
 * not acknowledged by itself. Thread-safe.
 */
final class PullConsumer implements ActiveMQDispatcher {
    /** Waits until there is a message: so the broker in this process understands it. */
    private static final long FOR_EVER = 0;
    /**
     * Waits for some seconds. To ActiveMQ Artemis a time of 0 means not to wait, and another broker may forget who waits
     * when a standby takes its place.
     */
    private static final long A_WHILE = 5000;
    /** The broker replies at once, without a message if there is none. */
    private static final long NOW = -1;

    private final ItemSource source;
    private final ItemLink link;
    private final ActiveMQConnection connection;
    private final ConsumerInfo info;
    private final int batch;
    /** How many messages the broker still is to send. */
    private int asked;

    private boolean isStopped;
    private volatile boolean isGone;
    private @Nullable Taking taking;

    /** A call of {@link ItemSource#take}. */
    private static final class Taking {
        private final int most;
        private final CompletableFuture<Integer> end = new CompletableFuture<>();
        private int taken;
        private boolean isCalling;
        private boolean isOver;

        private Taking(int most) {
            this.most = most;
        }

        /** @param obstacle why no more could be asked for; empty if none is wanted, or there is none. */
        private void finish(String obstacle) {
            if (taken == 0 && !obstacle.isEmpty()) {
                end.completeExceptionally(new IllegalStateException(obstacle));
            } else {
                end.complete(taken);
            }
        }
    }

    /** @param batch how many messages one command may ask for; the broker in another process counts one only. */
    private PullConsumer(
            ItemSource source, ItemLink link, ActiveMQConnection connection, ConsumerInfo info, int batch) {
        this.source = source;
        this.link = link;
        this.connection = connection;
        this.info = info;
        this.batch = batch;
    }

    static PullConsumer open(
            ItemSource source,
            ItemLink link,
            ActiveMQConnection connection,
            SessionId session,
            int number,
            String queue,
            int batch)
            throws JMSException {
        ConsumerInfo info = new ConsumerInfo(new ConsumerId(session, number));
        info.setDestination(new ActiveMQQueue(queue));
        info.setPrefetchSize(0);
        info.setDispatchAsync(connection.isDispatchAsync());
        PullConsumer consumer = new PullConsumer(source, link, connection, info, batch);
        connection.addDispatcher(info.getConsumerId(), consumer);
        connection.syncSendPacket(info);
        return consumer;
    }

    ItemLink link() {
        return link;
    }

    /** Asks for messages of the main queue, as far as there are places. */
    void ask() {
        int number;
        synchronized (this) {
            if (isStopped || asked > 0) {
                return;
            }
            number = source.reserve(batch, false);
            asked = number;
        }
        if (number > 0) {
            pull(number, batch > 1 ? FOR_EVER : A_WHILE);
        }
    }

    /** Asks for no more messages; those that are on their way arrive. */
    void askForNoMore() {
        synchronized (this) {
            isStopped = true;
        }
        if (batch > 1) {
            pull(0, FOR_EVER);
        }
    }

    /** Takes messages one by one. */
    CompletionStage<Integer> take(int most) {
        Taking one = new Taking(most);
        synchronized (this) {
            if (taking != null) {
                return CompletableFuture.failedFuture(new IllegalStateException("messages are being taken already"));
            }
            taking = one;
        }
        takeNext(one);
        return one.end;
    }

    /**
     * Asks for one message after the other. The next is asked for only when the call for the one before has returned: two
     * calls at the same time would make the broker say that there are no more.
     */
    private void takeNext(Taking one) {
        boolean goesOn = true;
        while (goesOn) {
            boolean isWanted;
            synchronized (this) {
                isWanted = taking == one && !one.isOver && one.taken < one.most;
                goesOn = isWanted && !isStopped && source.reserve(1, true) == 1;
                if (goesOn) {
                    asked = 1;
                    one.isCalling = true;
                } else if (taking == one) {
                    taking = null;
                }
            }
            if (!goesOn) {
                one.finish(isWanted ? "no place is free" : "");
            } else if (pull(1, NOW)) {
                synchronized (this) {
                    one.isCalling = false;
                    goesOn = asked == 0;
                }
            } else {
                gone();
                goesOn = false;
            }
        }
    }

    private boolean pull(int number, long millis) {
        MessagePull pull = new MessagePull();
        pull.configure(info);
        pull.setTimeout(millis);
        pull.setQuantity(number);
        try {
            connection.asyncSendPacket(pull);
            return true;
        } catch (JMSException e) {
            link.broken(e);
            return false;
        }
    }

    /** Called by the broker or by the thread that reads from it; must not block. */
    @Override
    public void dispatch(MessageDispatch dispatch) {
        boolean isMessage = dispatch.getMessage() instanceof ActiveMQMessage;
        Taking one;
        boolean isReserved;
        boolean goesOn;
        synchronized (this) {
            isReserved = asked > 0;
            asked -= isReserved ? 1 : 0;
            one = taking;
            goesOn = one != null && !one.isCalling;
            if (one != null) {
                one.taken += isMessage ? 1 : 0;
                // The broker may say that there are no more right after the message that was asked for.
                one.isOver |= !isMessage && isReserved;
            }
        }
        if (dispatch.getMessage() instanceof ActiveMQMessage message) {
            if (!isReserved) {
                source.takePlace();
            }
            source.arrived(this, message);
        } else if (isReserved) {
            source.giveBack(1);
        }
        if (one != null && goesOn && (isMessage || isReserved)) {
            source.onThreadOrHere(() -> takeNext(one));
        } else if (one == null && !isMessage) {
            source.onThread(link::ask);
        }
    }

    /** The connection has ended: what was asked for does not come. */
    void gone() {
        Taking one;
        int lost;
        isGone = true;
        synchronized (this) {
            isStopped = true;
            lost = asked;
            asked = 0;
            one = taking;
            taking = null;
        }
        source.giveBack(lost);
        if (one != null) {
            source.onThreadOrHere(() -> one.finish("the broker is unavailable"));
        }
    }

    /** Whether its connection has ended, or it was closed. */
    boolean isGone() {
        return isGone;
    }

    /** Whether nothing is asked for. */
    synchronized boolean isIdle() {
        return asked == 0 && taking == null;
    }

    /** Acknowledges one message in a transaction. */
    void acknowledge(ActiveMQMessage message, TransactionId transaction) throws JMSException {
        MessageAck ack = new MessageAck();
        ack.setAckType(MessageAck.INDIVIDUAL_ACK_TYPE);
        ack.setConsumerId(info.getConsumerId());
        ack.setDestination(info.getDestination());
        ack.setFirstMessageId(message.getMessageId());
        ack.setLastMessageId(message.getMessageId());
        ack.setMessageCount(1);
        ack.setTransactionId(transaction);
        connection.asyncSendPacket(ack);
    }

    /** Ends the consumer; the broker takes back what it has not acknowledged. */
    void close() throws JMSException {
        gone();
        connection.removeDispatcher(info.getConsumerId());
        connection.syncSendPacket(info.createRemoveCommand());
    }
}
