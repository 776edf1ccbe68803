package dev.caravan.routetest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;

/** The clock for the rules in a test of routes: it starts at the time of the test and runs on. */
final class ScenarioClock extends Clock {
    private final Clock real = Clock.systemUTC();
    private volatile Duration ahead = Duration.ZERO;

    /** @param at the present time of the test; empty for the real time. */
    void set(Optional<Instant> at) {
        ahead = at.map(time -> Duration.between(real.instant(), time)).orElse(Duration.ZERO);
    }

    @Override
    public Instant instant() {
        return real.instant().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("only instants are asked for");
    }
}
