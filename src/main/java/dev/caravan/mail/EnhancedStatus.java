package dev.caravan.mail;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An enhanced mail system status code such as 5.1.1 (RFC 3463 §2).
 *
 * @param kind 2 for success, 4 for a persistent transient failure, 5 for a permanent failure.
 * @param subject 0 to 999.
 * @param detail 0 to 999.
 * @throws IllegalArgumentException if a part is out of range.
 */
public record EnhancedStatus(int kind, int subject, int detail) {
    private static final Pattern FORM = Pattern.compile("([245])\\.([0-9]{1,3})\\.([0-9]{1,3})");

    public EnhancedStatus {
        if (kind != 2 && kind != 4 && kind != 5) {
            throw new IllegalArgumentException("status class " + kind + " (expected: 2, 4 or 5)");
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException("status " + subject + "." + detail + " (expected: 0 to 999 each)");
        }
    }

    /**
     * Reads a code.
     *
     * @throws IllegalArgumentException if the text is not exactly a code.
     */
    public static EnhancedStatus of(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not an enhanced status code (expected: such as 5.1.1)");
        }
        return read(matcher);
    }

    /** The code at the start of a reply's text, if there is one, followed by a space or the end. */
    public static Optional<EnhancedStatus> leading(String text) {
        Matcher matcher = FORM.matcher(text);
        boolean found = matcher.lookingAt() && (matcher.end() == text.length() || text.charAt(matcher.end()) == ' ');
        return found ? Optional.of(read(matcher)) : Optional.empty();
    }

    private static EnhancedStatus read(Matcher matcher) {
        return new EnhancedStatus(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
    }

    @Override
    public String toString() {
        return kind + "." + subject + "." + detail;
    }
}
