package dev.caravan.delivery;

import dev.caravan.mail.Printable;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Remembers which hosts could not be reached a while ago, and which sent a greeting. A host that could not be reached is treated as
 * dead for a time, so that ten thousand messages for it cost one connection and not ten thousand. It is bounded,
 * and lost at a restart. Thread-safe.
 *
 * <p>A host is an address and port here, and not a {@link ConnectionKey}: whether a server answers there does not
 * depend on the name that led to it, and one address may be the mail host of ten thousand domains, each with its own
 * name for it.
 */
public final class DeadHostCache {
    /** The number of hosts remembered; the least recently used are evicted first. */
    static final int MAX_HOSTS = 10_000;

    private static final Duration LONGEST = Duration.ofMinutes(15);
    private static final Duration SHORTEST = Duration.ofMillis(1);
    /** The longest time for which a relay host is treated as dead. */
    private static final Duration DEAD_RELAY = Duration.ofSeconds(30);

    private static final int SLACK_PART = 30;

    private final Clock clock;
    private volatile Runnable alsoForget = () -> {};
    private Duration time;
    private final Map<InetSocketAddress, Host> hosts = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A host that could not be reached.
     *
     * @param since the time of the failure.
     * @param until when it may be tried again.
     * @param reason for people; masked to printable ASCII and cut to 200 characters, since it may be the host's own text.
     */
    record Unreachable(Instant since, Instant until, String reason) {
        private static final int MAX_REASON = 200;

        Unreachable {
            reason = Printable.line(reason, MAX_REASON);
        }
    }

    /** What is known of one host; {@code greetedAt} and {@code unreachable} exclude each other. */
    private static final class Host {
        private int open;
        private Optional<Instant> greetedAt = Optional.empty();
        private Optional<Unreachable> unreachable = Optional.empty();
    }

    /**
     * An empty cache.
     *
     * @param time how long a host is treated as dead after a failure, or as reachable after a greeting.
     * @throws IllegalArgumentException if the time is not positive.
     */
    public DeadHostCache(Clock clock, Duration time) {
        this.clock = clock;
        this.time = positive(time);
    }

    private static Duration positive(Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("time " + time + " (expected: > 0)");
        }
        return time;
    }

    /**
     * Changes the time of the constructor. A host that would be treated as dead for longer than the new time may be tried
     * at once.
     *
     * @throws IllegalArgumentException if the time is not positive.
     */
    public synchronized void treatAsDeadFor(Duration other) {
        time = positive(other);
    }

    /**
     * How long a host is treated as dead: a little less than the retry delay, so that the message that found out tries
     * it again, and at most 15 minutes, so that new mail does not wait for hours.
     *
     * @param retryDelay the delay between two attempts; greater than zero.
     */
    public static Duration timeFor(Duration retryDelay) {
        Duration time = retryDelay.compareTo(LONGEST) > 0 ? LONGEST : retryDelay;
        Duration less = time.minus(time.dividedBy(SLACK_PART));
        return less.compareTo(SHORTEST) < 0 ? SHORTEST : less;
    }

    /** The failure because of which a host is not connected to now; empty if it may be. */
    synchronized Optional<Unreachable> unreachable(InetSocketAddress address) {
        Host host = hosts.get(address);
        if (host == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        // A clock that was set back must not prolong it.
        host.unreachable = host.unreachable.filter(unreachable ->
                now.isBefore(unreachable.until()) && !now.plus(time).isBefore(unreachable.until()));
        return host.unreachable;
    }

    /** Whether a host sent a greeting recently or has an open connection, so that several may connect at once. */
    synchronized boolean isKnown(InetSocketAddress address) {
        Host host = hosts.get(address);
        return host != null
                && (host.open > 0
                        || host.greetedAt
                                .filter(at -> Duration.between(at, clock.instant())
                                                .abs()
                                                .compareTo(time)
                                        < 0)
                                .isPresent());
    }

    /** A connection received a greeting: the host is reachable. */
    synchronized void greeted(InetSocketAddress address) {
        Host host = host(address);
        host.open++;
        host.greetedAt = Optional.of(clock.instant());
        host.unreachable = Optional.empty();
    }

    /** A connection that had received a greeting was closed. */
    synchronized void closed(InetSocketAddress address) {
        Host host = hosts.get(address);
        if (host != null && host.open > 0) {
            host.open--;
        }
    }

    /**
     * A connection could not be made, or ended before its greeting. The host is treated as dead, unless another
     * connection is open: then it just accepts no more.
     */
    synchronized void failed(InetSocketAddress address, String reason) {
        failed(address, reason, time);
    }

    /** The same for a relay host, on which much mail depends: a restart of it must not stop that for long. */
    synchronized void relayFailed(InetSocketAddress address, String reason) {
        failed(address, reason, time.compareTo(DEAD_RELAY) > 0 ? DEAD_RELAY : time);
    }

    private void failed(InetSocketAddress address, String reason, Duration dead) {
        Host host = host(address);
        if (host.open == 0) {
            Instant now = clock.instant();
            host.unreachable = Optional.of(new Unreachable(now, now.plus(dead), reason));
            host.greetedAt = Optional.empty();
        }
    }

    /** Forgets all failures, so that the next message connects; for an operator who knows that hosts are back. */
    public void forgetUnreachable() {
        synchronized (this) {
            hosts.values().forEach(host -> host.unreachable = Optional.empty());
        }
        alsoForget.run();
    }

    /** What else is to be forgotten then. */
    public void alsoForget(Runnable other) {
        alsoForget = other;
    }

    /** The number of hosts that are not connected to now, because they could not be reached. */
    public synchronized int unreachableHosts() {
        return (int) List.copyOf(hosts.keySet()).stream()
                .filter(address -> unreachable(address).isPresent())
                .count();
    }

    Clock clock() {
        return clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** How many hosts are remembered. */
    synchronized int size() {
        return hosts.size();
    }

    private Host host(InetSocketAddress address) {
        Host known = hosts.computeIfAbsent(address, unused -> new Host());
        Iterator<Host> eldest = hosts.values().iterator();
        while (hosts.size() > MAX_HOSTS && eldest.hasNext()) {
            Host host = eldest.next();
            if (host.open == 0 && host != known) {
                eldest.remove();
            }
        }
        return known;
    }
}
