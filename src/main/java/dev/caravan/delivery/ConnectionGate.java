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
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Admission of new connections to a host. While nothing is known about a host, one connection probes it, and others wait
 * up to two seconds for the result; then a few more are opened, since a slow host is no dead one. Connections to a host
 * that is known to be unreachable are refused. Thread-safe; never blocks.
 */
final class ConnectionGate {
    /** How long others wait for a probe, from its start. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** The most connections that are opened to a host about which nothing is known yet. */
    private static final int MOST_PROBES = PacedDestination.FIRST_LIMIT;

    private final DeadHostCache memory;
    private final Map<InetSocketAddress, Unknown> probed = new HashMap<>();

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
    }

    /** A host about which nothing is known. */
    private static final class Unknown {
        private final long begun = System.nanoTime();
        private int probes;
        private CompletableFuture<Void> news = new CompletableFuture<>();

        private Duration age() {
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    /** A connection to a host; others may wait for its result if nothing is known about the host. */
    final class Probe {
        private final InetSocketAddress address;
        private final @Nullable Unknown host;
        private final AtomicBoolean isOver = new AtomicBoolean();

        private Probe(InetSocketAddress address, @Nullable Unknown host) {
            this.address = address;
            this.host = host;
        }

        /** Ends the probe; waiting requests then ask again. */
        void end() {
            if (host != null && isOver.compareAndSet(false, true)) {
                over(address, host);
            }
        }
    }

    ConnectionGate(DeadHostCache memory) {
        this.memory = memory;
    }

    /**
     * Decides whether to connect; completes at once, or when there is news of the probes in progress.
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
            return CompletableFuture.completedFuture(new Admission.Admitted(new Probe(address, null)));
        }
        CompletableFuture<Void> news;
        Duration rest;
        boolean isFull;
        synchronized (this) {
            Unknown host = probed.computeIfAbsent(address, unused -> new Unknown());
            rest = PATIENCE.minus(host.age());
            isFull = host.probes >= MOST_PROBES;
            if (host.probes == 0 || (!isFull && (rest.isNegative() || rest.isZero()))) {
                host.probes++;
                return CompletableFuture.completedFuture(new Admission.Admitted(new Probe(address, host)));
            }
            news = host.news;
        }
        CompletableFuture<Void> wait = news.copy();
        return (isFull ? wait : wait.completeOnTimeout(null, rest.toNanos(), TimeUnit.NANOSECONDS))
                .thenCompose(unused -> admit(target, isLastChance, asked));
    }

    private void over(InetSocketAddress address, Unknown host) {
        CompletableFuture<Void> news;
        synchronized (this) {
            host.probes--;
            if (host.probes == 0) {
                // Removed first, or those that wait would wait for it again.
                probed.remove(address, host);
            }
            news = host.news;
            host.news = new CompletableFuture<>();
        }
        news.complete(null);
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
        tell(address);
    }

    /** A connection that had received a greeting was closed. */
    void closed(InetSocketAddress address) {
        memory.closed(address);
    }

    /** A connection could not be made, or ended before a greeting, because of the host or the network. */
    void failed(RemoteHost host, String reason) {
        if (host.isRelay()) {
            memory.relayFailed(host.address(), reason);
        } else {
            memory.failed(host.address(), reason);
        }
        tell(host.address());
    }

    /** Something is known now: those that wait ask again. */
    private void tell(InetSocketAddress address) {
        Unknown host;
        synchronized (this) {
            host = probed.remove(address);
        }
        if (host != null) {
            host.news.complete(null);
        }
    }
}
