package dev.caravan.delivery;

import dev.caravan.mail.Diagnosis;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Who may connect to a host. While nothing is known of a host one connection tries it and others wait for what it
 * learns, but not for long; to a host that is dead nobody connects. For many threads; nobody blocks.
 */
final class ConnectionGate {
    /** How old a trial may be for others to wait for its end. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final DeadHostCache memory;
    private final Map<InetSocketAddress, Trial> trials = new HashMap<>();

    /** What becomes of a wish to connect. */
    sealed interface Admission {
        /**
         * It may connect.
         *
         * @param trial is to be ended when the mail is told or could not be.
         */
        record Go(Trial trial) implements Admission {}

        /** The host is dead. */
        record Dead(Diagnosis diagnosis) implements Admission {}

        /** Another connection is the first to try the host, and has not learned anything yet. */
        record Unproven(Diagnosis diagnosis) implements Admission {}
    }

    /** A connection for whose success others may wait, as nothing is known of its host. */
    final class Trial {
        private final InetSocketAddress address;
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final long begun = System.nanoTime();

        private Trial(InetSocketAddress address) {
            this.address = address;
        }

        private Duration age() {
            return Duration.ofNanos(System.nanoTime() - begun);
        }

        /** Whoever waits for it asks again; not before it is forgotten, or he would wait for it for ever. */
        void end() {
            forget(address, this);
            end.complete(null);
        }
    }

    ConnectionGate(DeadHostCache memory) {
        this.memory = memory;
    }

    /**
     * Completes at once, or when a trial that is young has ended or become old.
     *
     * @param isLastChance whether the mail is given up if this attempt fails: then a memory of an earlier failure is no
     *     answer, and it connects itself.
     */
    CompletionStage<Admission> admit(RemoteHost target, boolean isLastChance) {
        return admit(target, isLastChance, memory.now());
    }

    private CompletionStage<Admission> admit(RemoteHost target, boolean isLastChance, Instant asked) {
        InetSocketAddress address = target.address();
        Optional<DeadHostCache.Death> death = memory.death(address)
                // What was found while this one waited is as good as its own trial.
                .filter(found -> !isLastChance || found.since().isAfter(asked));
        if (death.isPresent()) {
            return CompletableFuture.completedFuture(new Admission.Dead(dead(target, death.get())));
        }
        if (memory.isKnown(address)) {
            return CompletableFuture.completedFuture(new Admission.Go(new Trial(address)));
        }
        Trial mine = new Trial(address);
        Trial first;
        synchronized (this) {
            Trial before = trials.putIfAbsent(address, mine);
            first = before == null ? mine : before;
        }
        if (first == mine) {
            return CompletableFuture.completedFuture(new Admission.Go(mine));
        }
        Duration rest = PATIENCE.minus(first.age());
        if (rest.isNegative() || rest.isZero()) {
            return CompletableFuture.completedFuture(
                    isLastChance
                            ? new Admission.Go(mine)
                            : new Admission.Unproven(
                                    Diagnosis.ours("4.4.5", "another connection to " + target + " is being tried")));
        }
        return first.end
                .copy()
                .completeOnTimeout(null, rest.toNanos(), TimeUnit.NANOSECONDS)
                .thenCompose(unused -> admit(target, isLastChance, asked));
    }

    private synchronized void forget(InetSocketAddress address, Trial trial) {
        trials.remove(address, trial);
    }

    private Diagnosis dead(RemoteHost target, DeadHostCache.Death death) {
        Duration ago = Duration.between(death.since(), memory.now());
        return Diagnosis.ours("4.4.1", "no connection to " + target + " " + words(ago) + " ago: " + death.reason());
    }

    private static String words(Duration ago) {
        long seconds = Math.max(0, ago.toSeconds());
        return seconds < 120 ? seconds + " s" : ago.toMinutes() + " min";
    }

    /** A connection was greeted. */
    void greeted(InetSocketAddress address) {
        memory.greeted(address);
        endTrial(address);
    }

    /** A connection that was greeted is no more. */
    void closed(InetSocketAddress address) {
        memory.closed(address);
    }

    /** A connection was not made, or ended before its greeting, by the host or on the way to it. */
    void failed(InetSocketAddress address, String reason) {
        memory.failed(address, reason);
        endTrial(address);
    }

    private void endTrial(InetSocketAddress address) {
        Trial trial;
        synchronized (this) {
            trial = trials.get(address);
        }
        if (trial != null) {
            trial.end();
        }
    }
}
