package dev.caravan.acme;

import dev.caravan.acme.AcmeState.Issued;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Decides when a certificate is ordered: when there is none, when it lacks a name, at two thirds of its life, or when its
 * authority wants (RFC 9773); after failures later and later. Never more often than {@value #MAX_ATTEMPTS_PER_HOUR} times an
 * hour, nor more than {@value #MAX_ISSUED_PER_WEEK} certificates with the same names in seven days: public authorities
 * allow five of each.
 */
final class RenewalRules {
    static final int MAX_ATTEMPTS_PER_HOUR = 4;
    static final int MAX_ISSUED_PER_WEEK = 4;

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration FIRST_DELAY = Duration.ofMinutes(15);
    private static final Duration LONGEST_DELAY = Duration.ofDays(1);
    /** An authority that refuses because of its limits may ask for this much. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(8);
    /** Part of its life by which a certificate is renewed at the latest, even if the authority asks for a later time. */
    private static final int LAST_PART = 10;
    /** Part of its life by which renewals at two thirds are spread. */
    private static final int SPREAD_PART = 30;

    private static final int STEPS = 1000;

    private RenewalRules() {}

    /**
     * The certificate in use.
     *
     * @param names the DNS names that it is valid for.
     */
    record Current(Instant notBefore, Instant notAfter, String fingerprint, Set<String> names) {
        Duration life() {
            return Duration.between(notBefore, notAfter);
        }

        boolean hasAll(Collection<String> wanted) {
            return lower(names).containsAll(lower(wanted));
        }
    }

    /**
     * When the next attempt is due.
     *
     * @param at now or in the past if it is due.
     * @param reason for the log.
     */
    record Due(Instant at, String reason) {}

    /**
     * When the next certificate is due, whatever happened at attempts before.
     *
     * @param asked the time that the authority asked for.
     */
    static Due wanted(Instant now, Optional<Current> current, Collection<String> names, Optional<Instant> asked) {
        if (current.isEmpty()) {
            return new Due(now, "there is none");
        }
        Current certificate = current.get();
        if (!certificate.hasAll(names)) {
            return new Due(now, "it is not for all names");
        }
        Duration life = certificate.life();
        Instant latest = certificate.notAfter().minus(life.dividedBy(LAST_PART));
        if (asked.isPresent()) {
            return asked.get().isBefore(latest)
                    ? new Due(asked.get(), "its authority asks for it")
                    : new Due(latest, "it ends soon");
        }
        // The same at each look, and different for each certificate.
        int step = Math.floorMod(certificate.fingerprint().hashCode(), STEPS);
        Duration early = life.dividedBy(SPREAD_PART).multipliedBy(step).dividedBy(STEPS);
        Instant twoThirds = certificate.notBefore().plus(life.multipliedBy(2).dividedBy(3));
        return new Due(twoThirds.minus(early), "two thirds of its life have passed");
    }

    /** When the next attempt may begin, by what happened before. */
    static Instant allowed(Instant now, AcmeState state, String authority, Collection<String> names) {
        Instant allowed = Instant.MIN;
        // What a clock wrote that was ahead counts for nothing.
        List<Instant> attempts =
                state.attempts().stream().filter(at -> !at.isAfter(now)).toList();
        if (attempts.size() == state.attempts().size()) {
            allowed = state.retryAt()
                    .map(at -> earlier(at, now.plus(LONGEST_WAIT)))
                    .orElse(allowed);
        }
        allowed = later(allowed, free(attempts, MAX_ATTEMPTS_PER_HOUR, HOUR));
        String same = joined(names);
        List<Instant> issued = state.issued().stream()
                .filter(one -> one.authority().equals(authority)
                        && one.names().equals(same)
                        && !one.at().isAfter(now))
                .map(Issued::at)
                .toList();
        return later(allowed, free(issued, MAX_ISSUED_PER_WEEK, WEEK));
    }

    /** When there is room for one more, if at most so many may be within a period. */
    private static Instant free(List<Instant> all, int most, Duration period) {
        return all.size() < most
                ? Instant.MIN
                : all.stream().sorted().toList().get(all.size() - most).plus(period);
    }

    /**
     * When to try again after a failure: 15 minutes later after the first, then twice as long each time, up to a day, or
     * an eighth of what is left of the certificate if that is less, but not below an hour; by chance a fifth more or less.
     *
     * @param failures how many attempts failed in a row, this one included.
     * @param ends when the certificate in use ends.
     * @param asked the earliest time that the authority allows.
     */
    static Instant retry(
            Instant now, int failures, Optional<Instant> ends, Optional<Instant> asked, RandomGenerator random) {
        Duration left = ends.map(end -> Duration.between(now, end)).orElse(Duration.ZERO);
        Duration most = shorter(LONGEST_DELAY, longer(HOUR, left.dividedBy(8)));
        Duration delay = shorter(most, FIRST_DELAY.multipliedBy(1L << Math.min(10, Math.max(0, failures - 1))));
        Instant next = now.plusMillis((long) (delay.toMillis() * (0.8 + 0.4 * random.nextDouble())));
        return asked.map(at -> later(next, earlier(at, now.plus(LONGEST_WAIT)))).orElse(next);
    }

    /** A time within the window that the authority suggests: the same at each look at one certificate. */
    static Instant within(Instant start, Instant end, String fingerprint) {
        Duration window = Duration.between(start, end);
        int step = Math.floorMod(fingerprint.hashCode() * 31, STEPS);
        return window.isNegative()
                ? start
                : start.plus(window.multipliedBy(step).dividedBy(STEPS));
    }

    /** Names as one text that is the same in any order and case. */
    static String joined(Collection<String> names) {
        return String.join(",", lower(names));
    }

    private static Set<String> lower(Collection<String> names) {
        Set<String> lower = new TreeSet<>();
        names.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
        return lower;
    }

    private static Instant later(Instant one, Instant other) {
        return Stream.of(one, other).max(Instant::compareTo).orElseThrow();
    }

    private static Instant earlier(Instant one, Instant other) {
        return Stream.of(one, other).min(Instant::compareTo).orElseThrow();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
