package dev.caravan.session;

import dev.caravan.mail.Base32;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Identifies one SMTP session in the log lines of its refusals and in the headers that policy routes see. Random, so
 * that the sessions of different servers have different ids too.
 *
 * @param text 6 to 32 digits and capital letters, safe in a log line or a query without quoting.
 */
public record SessionId(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9A-Z]{6,32}");
    private static final int DIGITS = 12;

    /** @throws IllegalArgumentException if the text is malformed. */
    public SessionId {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not a session id (expected: 6 to 32 digits and capital letters)");
        }
    }

    /** A new id of 60 random bits. */
    public static SessionId next(RandomGenerator random) {
        StringBuilder text = new StringBuilder(DIGITS);
        Base32.append(text, random.nextLong(), DIGITS);
        return new SessionId(text.toString());
    }

    @Override
    public String toString() {
        return text;
    }
}
