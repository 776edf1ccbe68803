package dev.caravan.steps;

import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.routetext.DayNames;
import java.time.Clock;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Time conditions for rules: {@code method: {ref: clock, method: "isBetween('18:00', '08:00', 'Europe/Berlin')"}}. A
 * test of routes sets the time. Thread-safe.
 */
public final class RuleClock implements NonBlockingStep {
    private final Clock clock;

    public RuleClock(Clock clock) {
        this.clock = clock;
    }

    /**
     * Whether the time is within a part of the day.
     *
     * @param from hours and minutes, inclusive.
     * @param to hours and minutes, exclusive; on the next day if before {@code from}.
     * @param zone such as {@code Europe/Berlin}.
     */
    public boolean isBetween(
            @Argument(ArgumentForm.TIME) String from,
            @Argument(ArgumentForm.TIME) String to,
            @Argument(ArgumentForm.ZONE) String zone) {
        LocalTime now = now(zone).toLocalTime();
        LocalTime begin = LocalTime.parse(from);
        LocalTime end = LocalTime.parse(to);
        boolean isAfter = !now.isBefore(begin);
        boolean isBefore = now.isBefore(end);
        return begin.isBefore(end) ? isAfter && isBefore : isAfter || isBefore;
    }

    /**
     * Whether it is one of some days of the week.
     *
     * @param days such as {@code sat, sun}.
     * @param zone such as {@code Europe/Berlin}.
     */
    public boolean isOn(@Argument(ArgumentForm.DAYS) String days, @Argument(ArgumentForm.ZONE) String zone) {
        return DayNames.parse(days).contains(now(zone).getDayOfWeek());
    }

    /**
     * The time as a text.
     *
     * @param pattern as {@link DateTimeFormatter} has it, such as {@code yyyy-MM-dd}.
     * @param zone such as {@code Europe/Berlin}.
     */
    public String text(@Argument(ArgumentForm.TIME_PATTERN) String pattern, @Argument(ArgumentForm.ZONE) String zone) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).format(now(zone));
    }

    private ZonedDateTime now(String zone) {
        return clock.instant().atZone(ZoneId.of(zone));
    }
}
