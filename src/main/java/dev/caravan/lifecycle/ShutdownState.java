package dev.caravan.lifecycle;

import dev.caravan.exchange.MailExchange;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.RollbackExchangeException;

/** How far a stop has come. Shared by the steps that must not count a stop as an attempt. */
public final class ShutdownState {
    /** Makes the listener roll back, so that the mail stays in its queue. It is no fault, and has no stack trace. */
    public static final class MailStaysException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public MailStaysException(String why) {
            super(why, null, false, false);
        }
    }

    private static final long PAUSE_SECONDS = 1;

    private final CountDownLatch begun = new CountDownLatch(1);
    private volatile boolean aborting;

    public void begin() {
        begun.countDown();
    }

    public boolean hasBegun() {
        return begun.getCount() == 0;
    }

    /** Waits for a second, or until a stop begins: what is rolled back comes again at once, and may fail at once. */
    public void pause() {
        pause(Duration.ofSeconds(PAUSE_SECONDS));
    }

    /** Waits for so long, or until a stop begins. */
    public void pause(Duration time) {
        try {
            boolean unused = begun.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public void abort() {
        aborting = true;
    }

    /** Leaves the mail in its queue if its attempt was cut off by us: what it reports says nothing about the mail. */
    public void requireNotAborting() {
        if (aborting) {
            throw new MailStaysException("stopping: the mail stays in its queue");
        }
    }

    /**
     * Leaves the mail in its queue if its attempt failed when a stop had begun, which may be the reason.
     *
     * @return whether it stays, and nothing is to follow.
     */
    public boolean leavesMail(Exchange exchange, Throwable cause) {
        // Asked once: true without the rollback would take the mail from its queue.
        boolean leaves = hasBegun();
        if (leaves) {
            leave(exchange, "stopping: " + cause);
        }
        return leaves;
    }

    /**
     * Ends an exchange whose mail stays in its queue; the listener rolls back. For the steps that handle a failure: what
     * they throw would be taken for a second failure, and logged as one.
     */
    public static void leave(Exchange exchange, String why) {
        MailExchange.of(exchange).leaveInQueue(why);
    }

    /** Why a listener rolls back, if a step decided that; empty if something went wrong. */
    public static Optional<String> reason(Throwable rollback) {
        for (Throwable cause = rollback; cause != null; cause = cause.getCause()) {
            if (cause instanceof MailStaysException) {
                return Optional.of(String.valueOf(cause.getMessage()));
            }
            if (cause instanceof RollbackExchangeException decided) {
                return Optional.of(MailExchange.of(decided.getExchange())
                        .leftInQueueBecause()
                        .orElse("a step of its route says so"));
            }
        }
        return Optional.empty();
    }
}
