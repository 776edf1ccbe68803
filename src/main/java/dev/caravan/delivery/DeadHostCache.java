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
 * Which hosts could not be reached a while ago, and which have greeted us. A host that could not be reached is treated as
 * dead for a time, so that ten thousand messages for it cost one connection and not ten thousand. A convenience: it is
 * lost at a restart, and bounded. Thread-safe.
 *
 * <p>A host is an address and port here, and not a {@link ConnectionKey}: whether somebody answers there does not depend
 * on the name that led to it, and one address may be the mail host of ten thousand domains, each with its own name for it.
 */
public final class DeadHostCache {
    /** Hosts that are remembered; those longest unused are forgotten first. */
    static final int MAX_HOSTS = 10_000;

    private static final Duration LONGEST = Duration.ofMinutes(15);
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final int SLACK_PART = 30;

    private final Clock clock;
    private final Duration time;
    private final Map<InetSocketAddress, Host> hosts = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A host that could not be reached.
     *
     * @param since when that was.
     * @param until when it may be tried again.
     * @param reason in words for people; masked to printable ASCII and cut to 200 characters, as the host may have said it.
     */
    record Death(Instant since, Instant until, String reason) {
        private static final int MAX_REASON = 200;

        Death {
            reason = Printable.line(reason, MAX_REASON);
        }
    }

    /** What is known of one host; {@code greetedAt} and {@code death} exclude each other. */
    private static final class Host {
        private int open;
        private Optional<Instant> greetedAt = Optional.empty();
        private Optional<Death> death = Optional.empty();
    }

    /**
     * A memory without a host.
     *
     * @param time how long a host counts as dead; and, if it greeted, as one that is known to.
     * @throws IllegalArgumentException if the time is not positive.
     */
    public DeadHostCache(Clock clock, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("time " + time + " (expected: > 0)");
        }
        this.clock = clock;
        this.time = time;
    }

    /**
     * How long a host counts as dead: a little less than mail for it waits, so that the mail that found out tries it
     * again; and never for so long that new mail would wait for hours.
     *
     * @param retryDelay the delay between two attempts; greater than zero.
     */
    public static Duration timeFor(Duration retryDelay) {
        Duration time = retryDelay.compareTo(LONGEST) > 0 ? LONGEST : retryDelay;
        Duration less = time.minus(time.dividedBy(SLACK_PART));
        return less.compareTo(SHORTEST) < 0 ? SHORTEST : less;
    }

    /** Why a host is not to be connected to now. */
    synchronized Optional<Death> death(InetSocketAddress address) {
        Host host = hosts.get(address);
        if (host == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        // A clock that was set back must not make a host dead for longer.
        host.death = host.death.filter(
                death -> now.isBefore(death.until()) && !now.plus(time).isBefore(death.until()));
        return host.death;
    }

    /** Whether a host greeted us lately, so that several may connect at once. */
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

    /** A connection was greeted: the host lives. */
    synchronized void greeted(InetSocketAddress address) {
        Host host = host(address);
        host.open++;
        host.greetedAt = Optional.of(clock.instant());
        host.death = Optional.empty();
    }

    /** A connection that was greeted is no more. */
    synchronized void closed(InetSocketAddress address) {
        Host host = hosts.get(address);
        if (host != null && host.open > 0) {
            host.open--;
        }
    }

    /**
     * A connection could not be made, or ended before its greeting. The host is dead, unless another connection is open:
     * then it merely has too many.
     */
    synchronized void failed(InetSocketAddress address, String reason) {
        Host host = host(address);
        if (host.open == 0) {
            Instant now = clock.instant();
            host.death = Optional.of(new Death(now, now.plus(time), reason));
            host.greetedAt = Optional.empty();
        }
    }

    /** Forgets which hosts are dead: the next mail tries them, since an operator has reason to think that they live. */
    public synchronized void forgetDeaths() {
        hosts.values().forEach(host -> host.death = Optional.empty());
    }

    /** How many hosts are not connected to now, because they could not be reached. */
    public synchronized int dead() {
        return (int) List.copyOf(hosts.keySet()).stream()
                .filter(address -> death(address).isPresent())
                .count();
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
