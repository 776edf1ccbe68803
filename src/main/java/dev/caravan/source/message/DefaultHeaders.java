package dev.caravan.source.message;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The values of the header fields that the server adds when the author omitted them (RFC 5322 §3.6).
 *
 * @param author for {@code From}: an address.
 * @param messageId for {@code Message-ID}, without angle brackets.
 * @param date for {@code Date}.
 */
public record DefaultHeaders(String author, String messageId, ZonedDateTime date) {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

    /** The date in the format of a header field. */
    String dateText() {
        return date.format(DATE);
    }
}
