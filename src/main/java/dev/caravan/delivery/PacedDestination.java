package dev.caravan.delivery;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What {@link Pacing} knows of one destination: all domains with the same mail hosts. Its limit of deliveries at once
 * starts at 5, grows by one with each success while it is used to the full, and is halved when the hosts refuse or
 * break off connections. Not thread-safe.
 */
final class PacedDestination {
    /** How fast a destination is. */
    enum Speed {
        /** An attempt takes two seconds at most, on average. */
        QUICK,
        /** No attempt has ended yet, and none has been running for five seconds. */
        UNKNOWN,
        /** An attempt takes longer on average, or one has been running for more than five seconds. */
        SLOW
    }

    /** The first limit of a destination about which nothing is known (RFC 5321 §4.5.4.1 asks for restraint). */
    static final int FIRST_LIMIT = 5;
    /** The least most for relay hosts: they are the operator's choice, and take mail for many domains. */
    static final int RELAY_LIMIT = 40;

    /** Domains without attempts are forgotten when there are so many. */
    private static final int MANY_DOMAINS = 1000;

    private static final String NO_TROUBLE = "";
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLISECOND = 1_000_000L;
    /** A new duration has the weight of a quarter in the moving average. */
    private static final int WEIGHT = 4;

    private final String key;
    private final boolean isRelay;
    private final Map<String, RecipientDomain> domains = new HashMap<>();
    private final WaitingPlaces waiting = new WaitingPlaces();
    private int most;
    private int limit;
    private int running;
    private int longRunning;
    private int parked;
    private long averageNanos = -1;
    private long shrunkAtNanos;
    private boolean hasShrunk;
    private String trouble = NO_TROUBLE;
    private String lastReply = "";
    private RateLimit rate = RateLimit.NONE;

    /** The part of a destination that belongs to one recipient domain, while it has attempts or a rate. */
    static final class RecipientDomain {
        private int running;
        private int most = Integer.MAX_VALUE;
        private RateLimit rate = RateLimit.NONE;

        void apply(DestinationRule rule) {
            rate = rate.of(rule.isOfDomain() ? rule.perMinute() : OptionalInt.empty());
            most = rule.isOfDomain() ? rule.connections().orElse(Integer.MAX_VALUE) : Integer.MAX_VALUE;
        }

        boolean isIdle(long now) {
            return running == 0 && rate.isIdle(now);
        }
    }

    PacedDestination(String key, boolean isRelay, int perDestination) {
        this.key = key;
        this.isRelay = isRelay;
        this.most = isRelay ? Math.max(RELAY_LIMIT, perDestination) : perDestination;
        this.limit = isRelay ? most : Math.min(FIRST_LIMIT, most);
    }

    /** Takes over what the table says now. */
    void apply(String domain, DestinationRule rule, int perDestination) {
        int usual = isRelay ? Math.max(RELAY_LIMIT, perDestination) : perDestination;
        int named = rule.connections().orElse(usual);
        int mostBefore = most;
        most = rule.isOfDomain() ? Math.max(usual, named) : named;
        if (isRelay && limit == mostBefore) {
            limit = most;
        }
        rate = rate.of(rule.isOfDomain() ? OptionalInt.empty() : rule.perMinute());
        RecipientDomain own = domains.get(domain);
        if (own != null) {
            own.apply(rule);
        }
    }

    String key() {
        return key;
    }

    WaitingPlaces waiting() {
        return waiting;
    }

    int running() {
        return running;
    }

    /** How many attempts may run now. */
    int limit() {
        return Math.max(1, Math.min(limit, most));
    }

    /** Why the limit is what it is, for people. */
    String why() {
        if (limit >= most) {
            return "the most that the settings allow";
        }
        return trouble.isEmpty() ? "grows with each success" : "halved: " + trouble;
    }

    String lastReply() {
        return lastReply;
    }

    boolean isFull() {
        return running >= limit();
    }

    /** Whether the operator's number for this domain is used up. */
    boolean isDomainFull(String domain) {
        RecipientDomain own = domains.get(domain);
        return own != null && own.running >= own.most;
    }

    /** When the operator's rate lets the next message of a domain start; not later than now if it may. */
    long mayStartAt(String domain, long now) {
        RecipientDomain own = domains.get(domain);
        long at = rate.mayStartAt(now);
        return own == null ? at : Math.max(at, own.rate.mayStartAt(now));
    }

    void started(String domain, DestinationRule rule, long now) {
        running++;
        rate = rate.started(now);
        if (domains.size() >= MANY_DOMAINS) {
            domains.values().removeIf(idle -> idle.isIdle(now));
        }
        // One that waited may know an earlier table than the latest request.
        RecipientDomain own = domains.computeIfAbsent(domain, unused -> {
            RecipientDomain made = new RecipientDomain();
            made.apply(rule);
            return made;
        });
        own.running++;
        own.rate = own.rate.started(now);
    }

    void runsLong() {
        longRunning++;
    }

    /**
     * An attempt has ended.
     *
     * @param ranLong whether {@link #runsLong} was called for it.
     */
    void ended(String domain, AttemptNews news, long begunNanos, boolean ranLong, long now) {
        boolean isUsedUp = running >= limit();
        running--;
        longRunning -= ranLong ? 1 : 0;
        RecipientDomain own = domains.get(domain);
        if (own != null) {
            own.running--;
            if (own.isIdle(now)) {
                domains.remove(domain);
            }
        }
        long took = now - begunNanos;
        averageNanos = averageNanos < 0 ? took : averageNanos + (took - averageNanos) / WEIGHT;
        if (!news.reply().isEmpty()) {
            lastReply = news.reply();
        }
        switch (news.kind()) {
            case DELIVERED -> {
                if (isUsedUp && limit < most) {
                    limit++;
                }
                if (limit >= most) {
                    trouble = NO_TROUBLE;
                }
            }
            case TROUBLE -> {
                // One refusal usually comes with others: those that began before the limit was halved count once.
                if (!hasShrunk || begunNanos - shrunkAtNanos >= 0) {
                    limit = Math.max(1, limit() / 2);
                    hasShrunk = true;
                    shrunkAtNanos = now;
                    trouble = news.reply();
                }
            }
            case OTHER -> {}
        }
    }

    Speed speed(long slowAverageNanos) {
        if (longRunning > 0 || averageNanos > slowAverageNanos) {
            return Speed.SLOW;
        }
        return averageNanos < 0 ? Speed.UNKNOWN : Speed.QUICK;
    }

    /**
     * How many messages a second leave when it has all deliveries that it may have; 0 if that is not known.
     *
     * @param slowNanos if half of its attempts have been running for longer, they take at least so long.
     */
    long perSecond(long slowNanos) {
        if (averageNanos < 0) {
            return 0;
        }
        boolean hangs = longRunning > 0 && longRunning * 2 >= running;
        long took = Math.max(hangs ? Math.max(slowNanos, averageNanos) : averageNanos, MILLISECOND);
        long byTime = limit() * SECOND / took;
        return Math.min(byTime, rate.perSecond());
    }

    /** The items of this destination that wait in a lane with those of others, as far as is known. */
    int parked() {
        return parked;
    }

    void parked(int more) {
        parked = Math.max(0, parked + more);
    }

    /** Whether no rate and no shrunken limit is lost when it is forgotten. */
    boolean isForgettable() {
        return !hasShrunk && rate.intervalNanos() == 0 && domains.isEmpty();
    }

    /** When a rate next allows a message of any domain that has one; now if none has. */
    long nextRate(long now) {
        long next = rate.mayStartAt(now);
        if (next - now > 0) {
            return next;
        }
        long soonest = Long.MAX_VALUE;
        for (RecipientDomain domain : domains.values()) {
            long wait = domain.rate.mayStartAt(now) - now;
            if (wait > 0) {
                soonest = Math.min(soonest, wait);
            }
        }
        return soonest == Long.MAX_VALUE ? now : now + soonest;
    }

    /** Whether no attempt runs or waits. */
    boolean isUnused() {
        return running == 0 && waiting.size() == 0;
    }
}
