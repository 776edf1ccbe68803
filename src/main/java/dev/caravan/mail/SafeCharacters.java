package dev.caravan.mail;

import java.util.Set;

/**
 * Characters that addresses may have besides ASCII (RFC 6532 §3.1), and that logs and reports may show. Left out are those
 * that cannot be seen, change the direction or the meaning of other characters, or mean nothing: controls, formats such
 * as the zero width and bidirectional ones, separators, private use, surrogates, non-characters.
 */
public final class SafeCharacters {
    private static final int ASCII = 128;

    /** Fillers and joiners that are seen as nothing, and the sign of a faulty conversion. */
    private static final Set<Integer> UNSEEN =
            Set.of(0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFFA0, 0xFFFC, 0xFFFD);

    private SafeCharacters() {}

    /** Whether a character, above 127, is one of them, or may be one in a newer version of Unicode. */
    static boolean isSafe(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            case Character.UNASSIGNED -> !isNonCharacter(point);
            default -> !UNSEEN.contains(point);
        };
    }

    private static boolean isNonCharacter(int point) {
        return (point & 0xFFFE) == 0xFFFE || (point >= 0xFDD0 && point <= 0xFDEF);
    }

    /** Whether all characters of a text that are not ASCII are safe. */
    static boolean areSafe(String text) {
        return text.codePoints().allMatch(point -> point < ASCII || isSafe(point));
    }

    /** Whether a text has a character that this version of Unicode does not know. */
    public static boolean hasUnassigned(String text) {
        return !Uts46.isAscii(text)
                && text.codePoints().anyMatch(point -> Character.getType(point) == Character.UNASSIGNED);
    }

    /** Whether a character may be shown in a log line. */
    public static boolean isShown(int point) {
        return point < ASCII
                ? point >= ' ' && point <= '~'
                : Character.getType(point) != Character.UNASSIGNED && isSafe(point);
    }
}
