package dev.caravan.mail;

import java.time.Instant;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The id of a message for people and programs: in the 250 reply, the Received field, the log, the queues and reports.
 *
 * @param text 6 to 32 digits and capital letters, so that it may stand in a file name, a log line or a query as it is.
 */
public record MailId(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9A-Z]{6,32}");
    private static final int TIME_DIGITS = 9;
    private static final int RANDOM_DIGITS = 7;

    /** @throws IllegalArgumentException if the text has another form. */
    public MailId {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not a mail id (expected: 6 to 32 digits and capital letters)");
        }
    }

    /** A new id: 45 bits of milliseconds, so that ids sort by time, and 35 random bits. */
    public static MailId next(Instant now, RandomGenerator random) {
        StringBuilder digits = new StringBuilder(TIME_DIGITS + RANDOM_DIGITS);
        Base32.append(digits, now.toEpochMilli(), TIME_DIGITS);
        Base32.append(digits, random.nextLong(), RANDOM_DIGITS);
        return new MailId(digits.toString());
    }

    @Override
    public String toString() {
        return text;
    }
}
