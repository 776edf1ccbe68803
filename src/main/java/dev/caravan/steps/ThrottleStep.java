package dev.caravan.steps;

import dev.caravan.config.Quantity;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.policy.Throttle;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.routetext.StageHeaders;
import dev.caravan.smtp.Reply;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;

/** Defers clients above a rate: {@code bean: {ref: throttle, method: "atMost(100, '1m', 'remoteAddress')"}}. */
public final class ThrottleStep implements NonBlockingStep {
    private static final String NAME = "throttle";

    private final Clock clock;
    private final Decisions decisions;
    /** Bounded: one for each rate that routes name. */
    private final Map<String, Throttle> throttles = new ConcurrentHashMap<>();

    public ThrottleStep(Clock clock, Decisions decisions) {
        this.decisions = decisions;
        this.clock = clock;
    }

    /**
     * Replies 451 4.7.1 above the rate. Steps with different arguments count separately, and so do the stages of a
     * session.
     *
     * @param count the maximum number within a period, also at once.
     * @param period such as {@code 1m}; at most {@code 1d}.
     * @param by the header whose values are counted separately; of an IPv6 address the first 64 bits.
     * @throws IllegalArgumentException if count, period or header is not allowed.
     */
    public void atMost(
            @Argument(ArgumentForm.COUNT) int count,
            @Argument(ArgumentForm.PERIOD) String period,
            @Argument(ArgumentForm.COUNTED_HEADER) String by,
            Exchange exchange) {
        if (!StageHeaders.COUNTED.contains(by)) {
            throw new IllegalArgumentException("header " + by + " (expected: one of " + StageHeaders.COUNTED + ")");
        }
        String stage = exchange.getMessage().getHeader("stage", "", String.class);
        Throttle throttle = throttles.computeIfAbsent(
                String.join(" ", Integer.toString(count), period, by, stage),
                name -> new Throttle(rate(count, period)));
        String key = by.equals("remoteAddress")
                ? Throttle.key(MailExchange.of(exchange)
                        .requireRequest()
                        .facts()
                        .remote()
                        .getAddress())
                : Optional.ofNullable(exchange.getMessage().getHeader(by, String.class))
                        .orElse("")
                        .toLowerCase(Locale.ROOT);
        if (!throttle.mayPass(key, clock.instant())) {
            String words = "more than " + count + " within " + period + ", try again later";
            decisions.reply(exchange, NAME, Reply.of(451, "4.7.1", words), () -> by + " " + key);
        } else {
            decisions.pass(exchange, NAME, () -> by + " " + key + ", at most " + count + " within " + period);
        }
    }

    private static Throttle.Rate rate(int count, String period) {
        return new Throttle.Rate(
                count,
                Quantity.duration(period)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "period " + period + " (expected: a number and a unit, such as 1m)")));
    }
}
