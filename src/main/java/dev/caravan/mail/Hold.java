package dev.caravan.mail;

import java.time.Instant;

/**
 * Why a message is held.
 *
 * @param at when it was held.
 * @param by what held it: the id of a route, or {@code operator}; masked to printable ASCII and cut to 255 characters.
 * @param reason for people, on one line; masked to printable ASCII and cut to 1,024 characters.
 */
public record Hold(Instant at, String by, String reason) {
    private static final int MAX_BY = 255;
    private static final int MAX_REASON = 1024;

    public Hold {
        by = Printable.line(by, MAX_BY);
        reason = Printable.line(reason, MAX_REASON);
    }
}
