package dev.caravan.mail;

/**
 * Makes text from the network safe for log lines, replies and headers: a question mark replaces what is not printable
 * ASCII.
 */
public final class Printable {
    /** The number of characters of a host's name that are kept. */
    public static final int MAX_HOST = 255;

    private Printable() {}

    /** The text on one line, cut to a length. */
    public static String line(String text, int maxLength) {
        return masked(text, maxLength, false);
    }

    /** The text with its line ends {@code \n} kept, cut to a length. */
    public static String lines(String text, int maxLength) {
        return masked(text, maxLength, true);
    }

    /** The text on one line, cut to a length, with the {@link SafeCharacters} that it has: for addresses. */
    public static String unicode(String text, int maxLength) {
        if (Uts46.isAscii(text)) {
            return line(text, maxLength);
        }
        StringBuilder shown = new StringBuilder(text.length());
        int end = text.length() > maxLength
                ? text.offsetByCodePoints(0, codePointsWithin(text, maxLength))
                : text.length();
        text.substring(0, end)
                .codePoints()
                .forEach(point -> shown.appendCodePoint(SafeCharacters.isShown(point) ? point : '?'));
        return shown.toString();
    }

    private static int codePointsWithin(String text, int maxLength) {
        return text.codePointCount(0, Character.isLowSurrogate(text.charAt(maxLength)) ? maxLength - 1 : maxLength);
    }

    private static String masked(String text, int maxLength, boolean keepLines) {
        String kept = text.length() > maxLength ? text.substring(0, maxLength) : text;
        int clean = 0;
        while (clean < kept.length() && isFit(kept.charAt(clean), keepLines)) {
            clean++;
        }
        if (clean == kept.length()) {
            return kept;
        }
        StringBuilder masked = new StringBuilder(kept.length()).append(kept, 0, clean);
        for (int i = clean; i < kept.length(); i++) {
            char c = kept.charAt(i);
            masked.append(isFit(c, keepLines) ? c : '?');
        }
        return masked.toString();
    }

    private static boolean isFit(char c, boolean keepLines) {
        return (c >= ' ' && c <= '~') || (keepLines && c == '\n');
    }
}
