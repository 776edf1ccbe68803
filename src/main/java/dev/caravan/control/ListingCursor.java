package dev.caravan.control;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of a listing, which the client keeps between two requests.
 *
 * @param queue the queue that is read.
 * @param next the first place in it that was not read; 0 or greater.
 */
record ListingCursor(String queue, long next) {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,18}):(.{1,500})");

    static ListingCursor of(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("after is not of a listing (expected: as the page before said)");
        }
        return new ListingCursor(matcher.group(2), Long.parseLong(matcher.group(1)));
    }

    static Optional<ListingCursor> of(Optional<String> text) {
        return text.map(ListingCursor::of);
    }

    @Override
    public String toString() {
        return next + ":" + queue;
    }
}
