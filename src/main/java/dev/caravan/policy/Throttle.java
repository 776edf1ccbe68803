package dev.caravan.policy;

import dev.caravan.net.Networks;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A rate limit for each of many keys. Each key has a bucket of tokens, which is full at first and is refilled evenly
 * within a period. At most {@value #MAX_KEYS} buckets are kept; those that were not used for the longest time are
 * forgotten first, and a key that was forgotten begins with a full bucket. Thread-safe; never blocks.
 */
public final class Throttle {
    /** The most keys that are remembered. */
    public static final int MAX_KEYS = 100_000;

    private final Rate rate;
    private final int maxKeys;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * The rate that is allowed.
     *
     * @param count how many within a period, and at once; 1 to a million.
     * @param period 1 ms to 1 day.
     */
    public record Rate(int count, Duration period) {
        private static final int MOST = 1_000_000;
        private static final Duration LONGEST = Duration.ofDays(1);

        /** @throws IllegalArgumentException if a part is out of range. */
        public Rate {
            if (count < 1 || count > MOST) {
                throw new IllegalArgumentException("count " + count + " (expected: 1 to " + MOST + ")");
            }
            if (period.toMillis() < 1 || period.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException("period " + period + " (expected: 1ms to 1d)");
            }
        }
    }

    private record Bucket(double tokens, Instant at) {}

    public Throttle(Rate rate) {
        this(rate, MAX_KEYS);
    }

    Throttle(Rate rate, int maxKeys) {
        this.rate = rate;
        this.maxKeys = maxKeys;
    }

    /**
     * Takes a token, if there is one.
     *
     * @param key whose token.
     * @return false if there is no token; then none is taken.
     */
    public synchronized boolean mayPass(String key, Instant now) {
        Bucket bucket = buckets.getOrDefault(key, new Bucket(rate.count(), now));
        double tokens = filled(bucket, now);
        boolean passes = tokens >= 1;
        buckets.put(key, new Bucket(passes ? tokens - 1 : tokens, now));
        Iterator<Bucket> eldest = buckets.values().iterator();
        while (buckets.size() > maxKeys) {
            eldest.next();
            eldest.remove();
        }
        return passes;
    }

    private double filled(Bucket bucket, Instant now) {
        // A clock that was set back adds no tokens, and one that jumped ahead adds at most a full bucket.
        double periods = Math.max(0, (double) Duration.between(bucket.at(), now).toMillis())
                / rate.period().toMillis();
        return Math.min(rate.count(), bucket.tokens() + rate.count() * periods);
    }

    /**
     * The key of a client: its IPv4 address, or the first 64 bits of its IPv6 address, because each site has many
     * addresses with the same 64 bits.
     */
    public static String key(InetAddress address) {
        byte[] octets = Networks.octetsOf(address);
        return HexFormat.of().formatHex(octets, 0, Math.min(octets.length, 8));
    }

    /** The number of keys that are remembered now. */
    synchronized int size() {
        return buckets.size();
    }
}
