package dev.caravan.filter;

import dev.caravan.mail.MemoryShare;
import dev.caravan.metrics.FilterMetrics;
import dev.caravan.metrics.FilterMetrics.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The questions for one filter: some are in hand, the others wait in the order in which they came, up to a number and a
 * size. No thread waits. Questions begin on the thread that asks, or on that which ends another.
 *
 * <p>A filter that has failed {@value #FAILURES} times in a row is down: nothing waits for it, and until it answers
 * again it gets one question every {@link #PAUSE_NANOS} nanoseconds. Thread-safe.
 */
public final class FilterLine {
    private static final Logger LOG = LoggerFactory.getLogger(FilterLine.class);

    /** So many failures in a row make a filter down. */
    static final int FAILURES = 10;

    static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** What a question needs while it is in hand: the pieces of a message that are on their way. */
    private static final long CALL_OCTETS = 32 * 1024;

    private static final double NANOS = 1e9;

    private final String name;
    private final FilterLimits limits;
    private final boolean mayBeDown;
    private final MemoryShare memory;
    private final FilterMetrics.Series metrics;
    private final LongSupplier nanos;

    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final AtomicInteger changes = new AtomicInteger();
    private long waitingOctets;
    private int inHand;
    private int failures;
    private long nextProbe;

    private record Waiting(FilterTurn turn, long octets) {}

    /**
     * A line of a filter that nobody has asked yet.
     *
     * @param name for clients and logs.
     * @param mayBeDown whether failures in a row mean that the filter is down.
     * @param memory the share of all filters; one question of each line begins even if nothing is free.
     * @param nanos monotonic time.
     */
    FilterLine(
            String name,
            FilterLimits limits,
            boolean mayBeDown,
            MemoryShare memory,
            FilterMetrics.Series metrics,
            LongSupplier nanos) {
        this.name = name;
        this.limits = limits;
        this.mayBeDown = mayBeDown;
        this.memory = memory;
        this.metrics = metrics;
        this.nanos = nanos;
    }

    /** How many questions the filter has now. */
    synchronized int inHand() {
        return inHand;
    }

    /** How many questions wait. */
    synchronized int waiting() {
        return waiting.size();
    }

    /**
     * Asks now or later, in turn.
     *
     * @param octets the size of the message that waits meanwhile.
     */
    public void enter(long octets, FilterTurn turn) {
        Failure refusal = tryEnter(new Waiting(turn, octets));
        if (refusal == null) {
            proceed();
            return;
        }
        metrics.fails(refusal);
        turn.refused(refusal == Failure.DOWN ? FilterBusyException.down(name) : FilterBusyException.full(name));
    }

    /** Counts a question that begins at once, whatever the limits say. */
    public FilterCall beginNow() {
        synchronized (this) {
            inHand++;
        }
        return new Call(false);
    }

    private synchronized @Nullable Failure tryEnter(Waiting asked) {
        if (isDown() && (inHand > 0 || !waiting.isEmpty() || nanos.getAsLong() - nextProbe < 0)) {
            return Failure.DOWN;
        }
        boolean begins = waiting.isEmpty() && inHand < limits.inHand();
        if (!begins && (waiting.size() >= limits.waiting() || waitingOctets + asked.octets > limits.waitingOctets())) {
            return Failure.FULL;
        }
        waiting.add(asked);
        waitingOctets += asked.octets;
        metrics.waits(1);
        return null;
    }

    private boolean isDown() {
        return failures >= FAILURES;
    }

    /** Begins what may begin. One thread does so at a time, so that calls that end at once do not pile up its stack. */
    private void proceed() {
        if (changes.getAndIncrement() > 0) {
            return;
        }
        int seen = 1;
        while (seen > 0) {
            for (Runnable next = next(); next != null; next = next()) {
                next.run();
            }
            seen = changes.addAndGet(-seen);
        }
    }

    private synchronized @Nullable Runnable next() {
        if (waiting.isEmpty() || inHand >= limits.inHand()) {
            return null;
        }
        boolean hasMemory = memory.tryTake(CALL_OCTETS);
        if (!hasMemory && inHand > 0) {
            return null;
        }
        Waiting first = waiting.remove();
        waitingOctets -= first.octets;
        metrics.waits(-1);
        if (!first.turn.isWanted()) {
            if (hasMemory) {
                memory.giveBack(CALL_OCTETS);
            }
            return first.turn::dropped;
        }
        inHand++;
        Call call = new Call(hasMemory);
        return () -> begin(first.turn, call);
    }

    /** A thread that cannot be started must not stop the line, nor leave its client without an answer. */
    private void begin(FilterTurn turn, Call call) {
        try {
            turn.begin(call);
        } catch (RuntimeException | Error e) {
            LOG.error("{} cannot be asked", name, e);
            call.end(false);
            turn.refused(FilterBusyException.full(name));
        }
    }

    private final class Call implements FilterCall {
        private final boolean hasMemory;
        private final long began = nanos.getAsLong();
        private final AtomicBoolean hasEnded = new AtomicBoolean();

        Call(boolean hasMemory) {
            this.hasMemory = hasMemory;
            metrics.begins();
        }

        @Override
        public void end(boolean isAnswered) {
            if (hasEnded.getAndSet(true)) {
                return;
            }
            if (hasMemory) {
                memory.giveBack(CALL_OCTETS);
            }
            metrics.ends((nanos.getAsLong() - began) / NANOS);
            if (!isAnswered) {
                metrics.fails(Failure.NO_ANSWER);
            }
            ended(isAnswered).forEach(each -> {
                metrics.fails(Failure.DOWN);
                each.turn.refused(FilterBusyException.down(name));
            });
            proceed();
        }
    }

    /** @return those who wait in vain. */
    private synchronized List<Waiting> ended(boolean isAnswered) {
        inHand--;
        failures = isAnswered || !mayBeDown ? 0 : Math.min(failures + 1, FAILURES);
        if (!isDown()) {
            return List.of();
        }
        nextProbe = nanos.getAsLong() + PAUSE_NANOS;
        List<Waiting> all = new ArrayList<>(waiting);
        waiting.clear();
        waitingOctets = 0;
        metrics.waits(-all.size());
        return all;
    }
}
