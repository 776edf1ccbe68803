package dev.caravan.delivery;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers with which hosts TLS failed a while ago, so that not every message tries it. It is asked only where TLS is not
 * required. Bounded, and lost at a restart. Thread-safe.
 */
final class TlsFailures {
    /** The number of hosts remembered; the least recently used are evicted first. */
    static final int MAX_HOSTS = 10_000;
    /** How long a host gets mail in clear after a failure. */
    static final Duration TIME = Duration.ofMinutes(15);

    private final Clock clock;
    private final Map<InetSocketAddress, Failure> hosts = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, Failure> eldest) {
            return size() > MAX_HOSTS;
        }
    };

    private record Failure(Instant at, String reason) {}

    TlsFailures(Clock clock) {
        this.clock = clock;
    }

    /** Why TLS failed with this host a while ago; empty if it may be tried. */
    synchronized Optional<String> reason(InetSocketAddress host) {
        Failure failure = hosts.get(host);
        if (failure == null) {
            return Optional.empty();
        }
        if (Duration.between(failure.at(), clock.instant()).abs().compareTo(TIME) >= 0) {
            hosts.remove(host);
            return Optional.empty();
        }
        return Optional.of(failure.reason());
    }

    synchronized void failed(InetSocketAddress host, String reason) {
        hosts.put(host, new Failure(clock.instant(), reason));
    }
}
