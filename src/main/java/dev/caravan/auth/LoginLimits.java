package dev.caravan.auth;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Limits guesses. Failures are counted for each pair of user and network (/24, or /56 of IPv6) and for each address; a
 * full counter refuses further tries before anything is computed, and empties with time. So an attack from many networks
 * never locks out the user, who comes from another one. Failures of a user from anywhere only delay the answers to
 * further failures. Memory is bounded. Thread-safe.
 */
public final class LoginLimits {
    private static final Duration SHORTEST = Duration.ofMillis(500);
    private static final int MOST_DOUBLINGS = 4;
    private static final int IPV4_PREFIX = 3;
    private static final int IPV6_PREFIX = 7;

    /**
     * The limits.
     *
     * @param perUser failures of a user from one network within the window.
     * @param perAddress failures from one address within the window, whoever the user is.
     * @param window in which a full counter empties.
     * @param entries the largest number of counters of each kind; the one that is unused for longest makes room.
     */
    public record Limits(int perUser, int perAddress, Duration window, int entries) {}

    private record Counter(double level, Instant at) {}

    private static final class Counters extends LinkedHashMap<String, Counter> {
        private static final long serialVersionUID = 1L;
        private final int most;

        Counters(int most) {
            super(16, 0.75f, true);
            this.most = most;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Counter> eldest) {
            return size() > most;
        }
    }

    private final Clock clock;
    private final Predicate<InetAddress> isTrusted;
    private final Counters pairs;
    private final Counters addresses;
    private final Counters users;
    private Limits limits;

    /**
     * @param isTrusted addresses of programs that log in for many users: they have no limit for their address.
     */
    public LoginLimits(Limits limits, Predicate<InetAddress> isTrusted, Clock clock) {
        this.limits = limits;
        this.isTrusted = isTrusted;
        this.clock = clock;
        this.pairs = new Counters(limits.entries());
        this.addresses = new Counters(limits.entries());
        this.users = new Counters(limits.entries());
    }

    /** Uses other limits from now on; the number of entries stays. */
    public synchronized void change(Limits others) {
        limits = others;
    }

    /** Why a try is refused before it is looked at; empty if it is not. */
    public synchronized Optional<LoginFailure> refusal(String user, InetAddress address) {
        if (!isTrusted.test(address) && isFull(addresses, address.getHostAddress(), limits.perAddress())) {
            return Optional.of(LoginFailure.ADDRESS_LIMIT);
        }
        return isFull(pairs, pair(user, address), limits.perUser())
                ? Optional.of(LoginFailure.USER_LIMIT)
                : Optional.empty();
    }

    /**
     * Begins a try: it counts as a failure until it has succeeded, so that many at once do not pass.
     *
     * @return why it is refused; then it does not count.
     */
    public synchronized Optional<LoginFailure> begin(String user, InetAddress address) {
        Optional<LoginFailure> refusal = refusal(user, address);
        if (refusal.isEmpty()) {
            add(pairs, pair(user, address), limits.perUser(), 1);
            add(addresses, address.getHostAddress(), limits.perAddress(), 1);
        }
        return refusal;
    }

    /** The try was right. */
    public synchronized void succeeded(String user, InetAddress address) {
        pairs.remove(pair(user, address));
        add(addresses, address.getHostAddress(), limits.perAddress(), -1);
    }

    /** The try was neither right nor wrong. */
    public synchronized void undecided(String user, InetAddress address) {
        add(pairs, pair(user, address), limits.perUser(), -1);
        add(addresses, address.getHostAddress(), limits.perAddress(), -1);
    }

    /**
     * The try was wrong.
     *
     * @return how long the client waits for the answer.
     */
    public synchronized Duration failed(String user, InetAddress address) {
        String key = key(user);
        add(users, key, limits.perUser(), 1);
        double level =
                Math.max(level(users, key, limits.perUser()), level(pairs, pair(user, address), limits.perUser()));
        int doublings = (int) Math.min(MOST_DOUBLINGS, Math.max(0, Math.ceil(level) - 1));
        return SHORTEST.multipliedBy(1L << doublings);
    }

    private boolean isFull(Counters counters, String key, int limit) {
        return level(counters, key, limit) > limit - 1;
    }

    private double level(Counters counters, String key, int limit) {
        Counter counter = counters.get(key);
        if (counter == null) {
            return 0;
        }
        // The clock may be set back.
        long elapsed =
                Math.max(0, Duration.between(counter.at(), clock.instant()).toMillis());
        return Math.max(
                0, counter.level() - (double) elapsed * limit / limits.window().toMillis());
    }

    private void add(Counters counters, String key, int limit, int more) {
        double level = Math.max(0, level(counters, key, limit) + more);
        if (level == 0) {
            counters.remove(key);
        } else {
            counters.put(key, new Counter(level, clock.instant()));
        }
    }

    private static String key(String user) {
        String cut = user.length() > SaslExchange.MAX_NAME ? user.substring(0, SaslExchange.MAX_NAME) : user;
        return cut.toLowerCase(Locale.ROOT);
    }

    private static String pair(String user, InetAddress address) {
        byte[] octets = address.getAddress();
        int prefix = octets.length == 4 ? IPV4_PREFIX : IPV6_PREFIX;
        StringBuilder text = new StringBuilder(key(user)).append(' ').append(octets.length);
        for (int i = 0; i < prefix; i++) {
            text.append('.').append(octets[i] & 0xff);
        }
        return text.toString();
    }
}
