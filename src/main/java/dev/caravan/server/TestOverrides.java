package dev.caravan.server;

import dev.caravan.dns.MailDns;
import dev.caravan.queue.ClockWatch;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What tests, also those of {@code caravan test}, replace in a server.
 *
 * @param watch the clock of everything that waits or expires.
 * @param ruleClock the clock that rules read; empty for that of {@code watch}.
 * @param ticking whether timers run; otherwise a test calls what they would.
 * @param dns answers instead of the name servers of the settings.
 * @param stopLimit how long a clean stop waits for sessions, and for deliveries that have begun; empty for the usual.
 * @param beans gets the objects that routes name, and returns those that they get.
 * @param begins whether a route that begins with that URI is started.
 */
public record TestOverrides(
        ClockWatch watch,
        Optional<Clock> ruleClock,
        boolean ticking,
        Optional<MailDns> dns,
        Optional<Duration> stopLimit,
        UnaryOperator<Map<String, Object>> beans,
        Predicate<String> begins) {
    /** Nothing is replaced. */
    public static TestOverrides none() {
        return new TestOverrides(
                ClockWatch.ofSystem(),
                Optional.empty(),
                true,
                Optional.empty(),
                Optional.empty(),
                UnaryOperator.identity(),
                uri -> true);
    }

    public TestOverrides with(ClockWatch other) {
        return new TestOverrides(other, ruleClock, ticking, dns, stopLimit, beans, begins);
    }

    public TestOverrides with(MailDns other) {
        return new TestOverrides(watch, ruleClock, ticking, Optional.of(other), stopLimit, beans, begins);
    }

    /** Rules see this time; everything else keeps its clock. */
    public TestOverrides withRuleClock(Clock other) {
        return new TestOverrides(watch, Optional.of(other), ticking, dns, stopLimit, beans, begins);
    }

    /** @param enabled whether timers run. */
    public TestOverrides ticking(boolean enabled) {
        return new TestOverrides(watch, ruleClock, enabled, dns, stopLimit, beans, begins);
    }

    public TestOverrides stoppingWithin(Duration other) {
        return new TestOverrides(watch, ruleClock, ticking, dns, Optional.of(other), beans, begins);
    }

    public TestOverrides replacing(UnaryOperator<Map<String, Object>> others) {
        return new TestOverrides(watch, ruleClock, ticking, dns, stopLimit, others, begins);
    }

    public TestOverrides startingOnly(Predicate<String> begin) {
        return new TestOverrides(watch, ruleClock, ticking, dns, stopLimit, beans, begin);
    }
}
