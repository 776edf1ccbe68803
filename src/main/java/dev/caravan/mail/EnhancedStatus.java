package dev.caravan.mail;

import java.util.Optional;

/**
 * An enhanced mail system status code such as 5.1.1 (RFC 3463 §2).
 *
 * @param kind 2 for success, 4 for a persistent transient failure, 5 for a permanent failure.
 * @param subject 0 to 999.
 * @param detail 0 to 999.
 */
public record EnhancedStatus(int kind, int subject, int detail) {
    /** The class and its dot. */
    private static final int KIND_LENGTH = 2;

    private static final int MAX_DIGITS = 3;

    /** @throws IllegalArgumentException if a part is out of range. */
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
        if (endOfLeading(text) != text.length() || text.isEmpty()) {
            throw new IllegalArgumentException("not an enhanced status code (expected: such as 5.1.1)");
        }
        return read(text, text.length());
    }

    /** The code at the start of a reply's text, if there is one, followed by a space or the end. */
    public static Optional<EnhancedStatus> leading(String text) {
        int end = endOfLeading(text);
        boolean found = end > 0 && (end == text.length() || text.charAt(end) == ' ');
        return found ? Optional.of(read(text, end)) : Optional.empty();
    }

    /** The index after the form {@code [245].nnn.nnn}, each part of one to three digits; 0 if the text lacks it. */
    private static int endOfLeading(String text) {
        // No regular expression: it took most of the time of reading a reply.
        boolean hasClass = text.startsWith("2.") || text.startsWith("4.") || text.startsWith("5.");
        int dot = hasClass ? endOfDigits(text, KIND_LENGTH) : 0;
        boolean hasSubject = dot > KIND_LENGTH && text.startsWith(".", dot);
        int end = hasSubject ? endOfDigits(text, dot + 1) : 0;
        return end > dot + 1 ? end : 0;
    }

    private static int endOfDigits(String text, int from) {
        int end = from;
        while (end < text.length() && end < from + MAX_DIGITS && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private static EnhancedStatus read(String text, int end) {
        int dot = text.indexOf('.', KIND_LENGTH);
        return new EnhancedStatus(
                text.charAt(0) - '0',
                Integer.parseInt(text, KIND_LENGTH, dot, 10),
                Integer.parseInt(text, dot + 1, end, 10));
    }

    @Override
    public String toString() {
        return kind + "." + subject + "." + detail;
    }
}
