package dev.caravan.routetext;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Parses the days of the week in the arguments of routes. */
public final class DayNames {
    private static final int SHORTEST = 3;

    private DayNames() {}

    /**
     * Days of the week, each by the first three or more letters of its English name, in upper or lower case.
     *
     * @param text such as {@code sat, sun}; separated by commas or white space.
     * @throws DateTimeException if a word is not the name of a day.
     */
    public static Set<DayOfWeek> parse(String text) {
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (String word : text.strip().split("[,\\s]+")) {
            days.add(day(word));
        }
        return days;
    }

    private static DayOfWeek day(String word) {
        String name = word.toUpperCase(Locale.ROOT);
        for (DayOfWeek day : DayOfWeek.values()) {
            if (name.length() >= SHORTEST && day.name().startsWith(name)) {
                return day;
            }
        }
        throw new DateTimeException("day " + word + " (expected: mon, tue, wed, thu, fri, sat or sun)");
    }
}
