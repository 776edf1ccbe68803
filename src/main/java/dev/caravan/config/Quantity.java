package dev.caravan.config;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units, as settings have them. */
public final class Quantity {
    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,15})\\s*([A-Za-z]*)");

    /** Every value fits into a long of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private Quantity() {}

    static Optional<Long> whole(String text) {
        return number(text).filter(m -> m.group(2).isEmpty()).map(m -> Long.valueOf(m.group(1)));
    }

    static Optional<Long> octets(String text) {
        return number(text)
                .flatMap(m -> shift(m.group(2))
                        .filter(bits -> Long.parseLong(m.group(1)) <= Long.MAX_VALUE >> bits)
                        .map(bits -> Long.parseLong(m.group(1)) << bits));
    }

    /** The shortest text for a size. */
    static String octetText(long octets) {
        String[] units = {"", "KiB", "MiB", "GiB"};
        long number = octets;
        int unit = 0;
        while (unit < units.length - 1 && number > 0 && number % 1024 == 0) {
            number /= 1024;
            unit++;
        }
        return number + units[unit];
    }

    private static Optional<Integer> shift(String unit) {
        return switch (unit) {
            case "", "B" -> Optional.of(0);
            case "KiB", "k", "K" -> Optional.of(10);
            case "MiB", "m", "M" -> Optional.of(20);
            case "GiB", "g", "G" -> Optional.of(30);
            default -> Optional.empty();
        };
    }

    public static Optional<Duration> duration(String text) {
        return number(text)
                .flatMap(m -> unit(m.group(2))
                        .filter(one -> Long.parseLong(m.group(1)) <= LONGEST.dividedBy(one))
                        .map(one -> one.multipliedBy(Long.parseLong(m.group(1)))));
    }

    private static Optional<Duration> unit(String unit) {
        return switch (unit) {
            case "ms" -> Optional.of(Duration.ofMillis(1));
            case "s" -> Optional.of(Duration.ofSeconds(1));
            case "m" -> Optional.of(Duration.ofMinutes(1));
            case "h" -> Optional.of(Duration.ofHours(1));
            case "d" -> Optional.of(Duration.ofDays(1));
            default -> Optional.empty();
        };
    }

    private static Optional<Matcher> number(String text) {
        Matcher matcher = NUMBER.matcher(text.strip());
        return matcher.matches() ? Optional.of(matcher) : Optional.empty();
    }
}
