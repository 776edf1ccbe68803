package dev.caravan.steps;

import dev.caravan.config.Quantity;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.policy.Throttle;
import dev.caravan.policy.Verdict;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.routetext.StageHeaders;
import dev.caravan.smtp.Reply;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.camel.Exchange;

/**
 * Defers clients, or holds their messages, above a rate: {@code bean: {ref: throttle, method: "atMost(100, '1m',
 * 'remoteAddress')"}}. By user, clients that have not authenticated are not counted.
 */
public final class ThrottleStep implements NonBlockingStep {
    private static final String NAME = "throttle";
    private static final String USER = "user";

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
        String words = "more than " + count + " within " + period + ", try again later";
        count(
                count,
                period,
                by,
                exchange,
                evidence -> decisions.reply(exchange, NAME, Reply.of(451, "4.7.1", words), evidence));
    }

    /**
     * Holds the messages above the rate, which is counted as by {@link #atMost}: they are accepted and wait in {@code
     * mail.hold} for an operator. For a user whose password is in other hands this loses no mail of the user's own.
     *
     * @param count as above.
     * @param period as above.
     * @param by as above.
     * @throws IllegalArgumentException as above.
     */
    public void holdAbove(
            @Argument(ArgumentForm.COUNT) int count,
            @Argument(ArgumentForm.PERIOD) String period,
            @Argument(ArgumentForm.COUNTED_HEADER) String by,
            Exchange exchange) {
        count(
                count,
                period,
                by,
                exchange,
                evidence -> decisions.apply(
                        exchange,
                        NAME,
                        new Verdict.Hold(evidence.get() + ": more than " + count + " within " + period),
                        evidence));
    }

    private void count(int count, String period, String by, Exchange exchange, Consumer<Supplier<String>> whenAbove) {
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
        if (by.equals(USER) && key.isEmpty()) {
            decisions.pass(exchange, NAME, () -> "no user");
        } else if (!throttle.mayPass(key, clock.instant())) {
            whenAbove.accept(() -> by + " " + key);
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
