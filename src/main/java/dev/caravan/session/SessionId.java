package dev.caravan.session;

import dev.caravan.mail.Base32;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The name of one SMTP session for people and programs: in log lines about what the session was refused, and in the
 * headers that policy routes see. Sessions of all servers have different ids.
 *
 * @param text 6 to 32 digits and capital letters, so that it may stand in a log line or a query as it is.
 * @throws IllegalArgumentException if the text has another form.
 */
public record SessionId(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9A-Z]{6,32}");
    private static final int DIGITS = 12;

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
