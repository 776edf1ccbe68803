package dev.caravan.dns;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Decides when a question is sent to the name servers. Thousands of attempts that begin together would fill the receive
 * buffer of a name server's socket, which holds some hundred packets, and what does not fit is lost without a word. So at
 * most {@value #WINDOW} questions await their answers at a time. One that has waited for {@link #LONG} counts no more: it
 * probably waits for a name server far away, and must not keep others waiting.
 *
 * <p>Pure: times are nanoseconds of one clock, which the caller passes in. Not thread-safe.
 */
final class QueryTurns {
    static final int WINDOW = 200;
    static final Duration LONG = Duration.ofMillis(100);
    /** More are refused; each belongs to a delivery or a session, whose numbers are limited themselves. */
    static final int MOST_WAITING = 100_000;

    private final Deque<Query> waiting = new ArrayDeque<>();
    /** Those that were sent a moment ago, the first sent first. */
    private final Set<Query> sent = new LinkedHashSet<>();

    /** A question. */
    static final class Query {
        private final Runnable send;
        private long sentNanos;

        /** @param send sends it. */
        Query(Runnable send) {
            this.send = send;
        }

        void send() {
            send.run();
        }
    }

    /** A question waits for its turn; false if too many do. */
    boolean add(Query query) {
        return waiting.size() < MOST_WAITING && waiting.add(query);
    }

    /** A question was answered, or is given up. */
    void ended(Query query) {
        sent.remove(query);
    }

    /** The next question to send now; to be called until there is none. */
    Optional<Query> next(long now) {
        Iterator<Query> first = sent.iterator();
        while (first.hasNext() && now - first.next().sentNanos >= LONG.toNanos()) {
            first.remove();
        }
        if (waiting.isEmpty() || sent.size() >= WINDOW) {
            return Optional.empty();
        }
        Query query = waiting.remove();
        query.sentNanos = now;
        sent.add(query);
        return Optional.of(query);
    }

    /** After how many nanoseconds {@link #next} may have a question though none is answered; empty if none waits. */
    OptionalLong untilNext(long now) {
        return waiting.isEmpty() || sent.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, sent.iterator().next().sentNanos + LONG.toNanos() - now));
    }
}
