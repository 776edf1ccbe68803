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
 * Admission of new connections to a host. While nothing is known about a host, one connection probes it, and others wait
 * up to two seconds for the result; connections to a host that is known to be unreachable are refused. Thread-safe; never
 * blocks.
 */
final class ConnectionGate {
    /** How long others wait for a probe, from its start. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final DeadHostCache memory;
    private final Map<InetSocketAddress, Probe> probes = new HashMap<>();

    /** The answer to a request to connect. */
    sealed interface Admission {
        /**
         * The caller may connect.
         *
         * @param probe the caller ends it when the message was sent or could not be sent.
         */
        record Admitted(Probe probe) implements Admission {}

        /** The host could not be reached a while ago. */
        record Unreachable(Diagnosis diagnosis) implements Admission {}

        /** Another connection probes the host, and has no result yet. */
        record BeingProbed(Diagnosis diagnosis) implements Admission {}
    }

    /** A connection to a host about which nothing is known; others may wait for its result. */
    final class Probe {
        private final InetSocketAddress address;
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final long begun = System.nanoTime();

        private Probe(InetSocketAddress address) {
            this.address = address;
        }

        private Duration age() {
            return Duration.ofNanos(System.nanoTime() - begun);
        }

        /** Ends the probe; waiting requests then ask again. It is removed first, or they would wait for it again. */
        void end() {
            forget(address, this);
            end.complete(null);
        }
    }

    ConnectionGate(DeadHostCache memory) {
        this.memory = memory;
    }

    /**
     * Decides whether to connect; completes at once, or when a probe in progress has ended or two seconds have passed.
     *
     * @param isLastChance whether the message is given up if this attempt fails: it then connects even if the host could
     *     not be reached before.
     */
    CompletionStage<Admission> admit(RemoteHost target, boolean isLastChance) {
        return admit(target, isLastChance, memory.now());
    }

    private CompletionStage<Admission> admit(RemoteHost target, boolean isLastChance, Instant asked) {
        InetSocketAddress address = target.address();
        Optional<DeadHostCache.Unreachable> unreachable = memory.unreachable(address)
                // A failure found while this request waited counts as the result of its own probe.
                .filter(found -> !isLastChance || found.since().isAfter(asked));
        if (unreachable.isPresent()) {
            return CompletableFuture.completedFuture(new Admission.Unreachable(dead(target, unreachable.get())));
        }
        if (memory.isKnown(address)) {
            return CompletableFuture.completedFuture(new Admission.Admitted(new Probe(address)));
        }
        Probe mine = new Probe(address);
        Probe first;
        synchronized (this) {
            Probe before = probes.putIfAbsent(address, mine);
            first = before == null ? mine : before;
        }
        if (first == mine) {
            return CompletableFuture.completedFuture(new Admission.Admitted(mine));
        }
        Duration rest = PATIENCE.minus(first.age());
        if (rest.isNegative() || rest.isZero()) {
            return CompletableFuture.completedFuture(
                    isLastChance
                            ? new Admission.Admitted(mine)
                            : new Admission.BeingProbed(
                                    Diagnosis.ours("4.4.5", "another connection to " + target + " is being tried")));
        }
        return first.end
                .copy()
                .completeOnTimeout(null, rest.toNanos(), TimeUnit.NANOSECONDS)
                .thenCompose(unused -> admit(target, isLastChance, asked));
    }

    private synchronized void forget(InetSocketAddress address, Probe probe) {
        probes.remove(address, probe);
    }

    private Diagnosis dead(RemoteHost target, DeadHostCache.Unreachable unreachable) {
        Duration ago = Duration.between(unreachable.since(), memory.now());
        return Diagnosis.ours(
                "4.4.1", "no connection to " + target + " " + words(ago) + " ago: " + unreachable.reason());
    }

    private static String words(Duration ago) {
        long seconds = Math.max(0, ago.toSeconds());
        return seconds < 120 ? seconds + " s" : ago.toMinutes() + " min";
    }

    /** A connection received a greeting. */
    void greeted(InetSocketAddress address) {
        memory.greeted(address);
        endProbe(address);
    }

    /** A connection that had received a greeting was closed. */
    void closed(InetSocketAddress address) {
        memory.closed(address);
    }

    /** A connection could not be made, or ended before a greeting, because of the host or the network. */
    void failed(InetSocketAddress address, String reason) {
        memory.failed(address, reason);
        endProbe(address);
    }

    private void endProbe(InetSocketAddress address) {
        Probe probe;
        synchronized (this) {
            probe = probes.get(address);
        }
        if (probe != null) {
            probe.end();
        }
    }
}
