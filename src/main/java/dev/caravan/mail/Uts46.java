package dev.caravan.mail;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Internationalised domain names by Unicode Technical Standard 46, non-transitional, with the checks of hyphens, joiners,
 * bidirectional labels and STD 3: the A-labels that DNS knows, and the U-labels that people read (RFC 5890 §2.3.2.1).
 *
 * <p>{@code java.net.IDN} has the rules of 2003, by which some names become other names: mail to {@code faß.de} would go
 * to {@code fass.de}. This class makes the mapping of the standard from the Unicode data of the JDK, and so knows the
 * characters that the JDK knows: 13.0 in Java 17.
 */
public final class Uts46 {
    /** The prefix of an A-label. */
    public static final String PREFIX = "xn--";

    private static final int MAX_LABEL = 63;
    private static final int MAX_NAME = 253;
    private static final int ASCII = 128;

    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;
    private static final int SHARP_S = 0xDF;
    private static final int FINAL_SIGMA = 0x3C2;
    private static final int SIGMA = 0x3C3;
    // They stand for letters that case folding would change, while it is done; both are for private use.
    private static final char KEPT_SHARP_S = '\uE000';
    private static final char KEPT_FINAL_SIGMA = '\uE001';

    /** Characters that are left out. */
    private static final Set<Integer> IGNORED = Set.of(
            0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F, 0x200B, 0x2060, 0x2061,
            0x2062, 0x2063, 0x2064, 0x3164, 0xFEFF, 0xFFA0);

    /** Characters that compatibility would turn into a dot, which would be another label, and those used above. */
    private static final Set<Integer> FORBIDDEN =
            Set.of(0x2024, 0xFE52, 0x33C2, 0x33C7, 0x33D8, 0x1F100, 0xE000, 0xE001, 0xFE12);

    /** Characters of the combining class of viramas (RFC 5892 A.1, A.2). */
    private static final Set<Integer> VIRAMAS = Set.of(
            0x94D, 0x9CD, 0xA4D, 0xACD, 0xB4D, 0xBCD, 0xC4D, 0xCCD, 0xD3B, 0xD3C, 0xD4D, 0xDCA, 0xE3A, 0xEBA, 0xF84,
            0x1039, 0x103A, 0x1714, 0x1715, 0x1734, 0x17D2, 0x1A60, 0x1B44, 0x1BAA, 0x1BAB, 0x1BF2, 0x1BF3, 0x2D7F,
            0xA806, 0xA82C, 0xA8C4, 0xA953, 0xA9C0, 0xAAF6, 0xABED, 0x10A3F, 0x11046, 0x11070, 0x1107F, 0x110B9,
            0x11133, 0x11134, 0x111C0, 0x11235, 0x112EA, 0x1134D, 0x11442, 0x114C2, 0x115BF, 0x1163F, 0x116B6, 0x1172B,
            0x11839, 0x1193D, 0x1193E, 0x119E0, 0x11A34, 0x11A47, 0x11A99, 0x11C3F, 0x11D44, 0x11D45, 0x11D97, 0x11F41,
            0x11F42, 0x113CE, 0x113CF, 0x113D0, 0x1612F);

    /** Arabic letters that do not join the letter after them. */
    private static final Set<Integer> RIGHT_JOINING =
            Set.of(0x627, 0x623, 0x625, 0x622, 0x62F, 0x630, 0x631, 0x632, 0x698, 0x648, 0x624, 0x629);

    private static final Set<Byte> STRONG_RIGHT =
            Set.of(Character.DIRECTIONALITY_RIGHT_TO_LEFT, Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC);

    /** Allowed in each label of a name with right-to-left characters (RFC 5893 §2). */
    private static final Set<Byte> WEAK = Set.of(
            Character.DIRECTIONALITY_EUROPEAN_NUMBER,
            Character.DIRECTIONALITY_EUROPEAN_NUMBER_SEPARATOR,
            Character.DIRECTIONALITY_EUROPEAN_NUMBER_TERMINATOR,
            Character.DIRECTIONALITY_COMMON_NUMBER_SEPARATOR,
            Character.DIRECTIONALITY_OTHER_NEUTRALS,
            Character.DIRECTIONALITY_BOUNDARY_NEUTRAL,
            Character.DIRECTIONALITY_NONSPACING_MARK);

    private Uts46() {}

    /** Whether all characters are ASCII. */
    public static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= ASCII) {
                return false;
            }
        }
        return true;
    }

    /**
     * The name in A-labels, in lower case. A name in ASCII is not checked, so that names that are no host names, and
     * A-labels of a newer Unicode, stay usable.
     *
     * @throws IllegalArgumentException if a label is invalid or too long, or the name is.
     */
    public static String toAscii(String name) {
        return isAscii(name) ? name.toLowerCase(Locale.ROOT) : mappedToAscii(name);
    }

    /** The same with all checks for names in ASCII too. */
    static String mappedToAscii(String name) {
        List<String> labels = new ArrayList<>();
        boolean isBidi = false;
        for (String mapped : mapped(name).split("\\.", -1)) {
            String label = mapped.startsWith(PREFIX) ? decoded(mapped) : mapped;
            labels.add(label);
            isBidi |= label.codePoints().anyMatch(Uts46::makesBidi);
        }
        boolean isAbsolute = labels.size() > 1 && labels.get(labels.size() - 1).isEmpty();
        StringBuilder out = new StringBuilder();
        for (String label : isAbsolute ? labels.subList(0, labels.size() - 1) : labels) {
            check(label, isBidi);
            String encoded = isAscii(label) ? label : PREFIX + Punycode.encode(label);
            require(encoded.length() <= MAX_LABEL, "label of " + encoded.length() + " octets (expected: <= 63)");
            out.append(out.length() == 0 ? "" : ".").append(encoded);
        }
        require(out.length() <= MAX_NAME, "domain of " + out.length() + " octets (expected: <= 253)");
        return out.append(isAbsolute ? "." : "").toString();
    }

    /**
     * The name in U-labels, for people. A label that is no valid A-label stays as it is.
     *
     * @param name in ASCII.
     */
    public static String toUnicode(String name) {
        if (!name.toLowerCase(Locale.ROOT).contains(PREFIX)) {
            return name;
        }
        StringBuilder out = new StringBuilder();
        for (String label : name.split("\\.", -1)) {
            out.append(out.length() == 0 ? "" : ".").append(shown(label));
        }
        return out.toString();
    }

    private static String shown(String label) {
        String lower = label.toLowerCase(Locale.ROOT);
        if (!lower.startsWith(PREFIX)) {
            return label;
        }
        try {
            String decoded = decoded(lower);
            check(decoded, decoded.codePoints().anyMatch(Uts46::makesBidi));
            return decoded;
        } catch (IllegalArgumentException e) {
            return label;
        }
    }

    private static String decoded(String label) {
        String decoded = Punycode.decode(label.substring(PREFIX.length()));
        boolean isCanonical = !isAscii(decoded)
                && decoded.equals(mapped(decoded))
                && Normalizer.isNormalized(decoded, Form.NFC)
                && label.equals(PREFIX + Punycode.encode(decoded));
        require(isCanonical, "A-label that stands for no U-label");
        return decoded;
    }

    private static void require(boolean isMet, String otherwise) {
        if (!isMet) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** The mapping step: case folding, compatibility, dots of other scripts. */
    private static String mapped(String name) {
        StringBuilder kept = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); ) {
            int point = name.codePointAt(i);
            i += Character.charCount(point);
            keep(point, kept);
        }
        // Compatibility may make letters that have to be folded too.
        String once = Normalizer.normalize(folded(kept.toString()), Form.NFKC);
        String twice = Normalizer.normalize(folded(once), Form.NFKC);
        return twice.replace(KEPT_SHARP_S, (char) SHARP_S).replace(KEPT_FINAL_SIGMA, (char) FINAL_SIGMA);
    }

    private static void keep(int point, StringBuilder kept) {
        switch (point) {
            case 0x3002, 0xFF0E, 0xFF61 -> kept.append('.');
            case SHARP_S, 0x1E9E -> kept.append(KEPT_SHARP_S);
            case FINAL_SIGMA -> kept.append(KEPT_FINAL_SIGMA);
            default -> {
                boolean isNumberWithDot = point >= 0x2488 && point <= 0x249B;
                require(!isNumberWithDot && !FORBIDDEN.contains(point), "character " + hex(point) + " in a domain");
                if (!IGNORED.contains(point) && !isIgnoredByRange(point)) {
                    kept.appendCodePoint(point);
                }
            }
        }
    }

    private static boolean isIgnoredByRange(int point) {
        return isIn(point, 0x206A, 0x206F)
                || isIn(point, 0x1BCA0, 0x1BCA3)
                || isIn(point, 0x1D173, 0x1D17A)
                || isIn(point, 0xFE00, 0xFE0F)
                || isIn(point, 0xE0100, 0xE01EF);
    }

    private static boolean isIn(int point, int first, int last) {
        return point >= first && point <= last;
    }

    /** Case folding (Unicode, CaseFolding.txt, full), which the JDK does not offer. */
    private static String folded(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(point -> fold(point, out));
        return out.toString();
    }

    private static void fold(int point, StringBuilder out) {
        if (point < ASCII) {
            out.append((char) (point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point));
        } else if (point == 0x130) {
            out.append("i\u0307");
        } else if (point == KEPT_SHARP_S || point == KEPT_FINAL_SIGMA || isIn(point, 0x13A0, 0x13F5)) {
            // Cherokee is folded to its capital letters.
            out.appendCodePoint(point);
        } else if (isIn(point, 0x13F8, 0x13FD)) {
            out.appendCodePoint(point - 8);
        } else if (isIn(point, 0xAB70, 0xABBF)) {
            out.appendCodePoint(point - 0xAB70 + 0x13A0);
        } else {
            foldByCase(point, out);
        }
    }

    private static void foldByCase(int point, StringBuilder out) {
        String upper = Character.toString(point).toUpperCase(Locale.ROOT);
        if (upper.codePointCount(0, upper.length()) > 1) {
            out.append(upper.toLowerCase(Locale.ROOT).replace((char) FINAL_SIGMA, (char) SIGMA));
            return;
        }
        int lower = Character.toLowerCase(Character.toUpperCase(point));
        boolean isDotlessI = point == 0x131;
        out.appendCodePoint(isDotlessI ? point : lower == FINAL_SIGMA ? SIGMA : lower);
    }

    private static void check(String label, boolean isBidi) {
        require(!label.isEmpty(), "empty label in a domain");
        boolean hasOddHyphen = label.startsWith("-") || label.endsWith("-") || label.startsWith("--", 2);
        require(!hasOddHyphen, "hyphen at an end, or in the third and fourth place, of a label");
        require(!isMark(label.codePointAt(0)), "label that begins with a mark");
        for (int i = 0; i < label.length(); ) {
            int point = label.codePointAt(i);
            boolean isJoiner = point == ZERO_WIDTH_JOINER || point == ZERO_WIDTH_NON_JOINER;
            require(
                    isJoiner ? isJoinerAllowed(label, i) : isValid(point),
                    "character " + hex(point) + " in a domain (expected: letters, digits, hyphens, dots)");
            i += Character.charCount(point);
        }
        if (isBidi) {
            checkBidi(label);
        }
    }

    private static boolean isMark(int point) {
        int type = Character.getType(point);
        return type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK;
    }

    private static boolean isValid(int point) {
        if (point < ASCII) {
            return isIn(point, 'a', 'z') || isIn(point, '0', '9') || point == '-';
        }
        return switch (Character.getType(point)) {
            case Character.UNASSIGNED,
                    Character.CONTROL,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR,
                    Character.FORMAT -> false;
            default -> !isIn(point, 0xFFF9, 0xFFFD) && !isIn(point, 0x2FF0, 0x2FFF) && point != 0x31EF;
        };
    }

    /** RFC 5892 A.1, A.2. */
    private static boolean isJoinerAllowed(String label, int at) {
        if (at == 0) {
            return false;
        }
        if (VIRAMAS.contains(label.codePointBefore(at))) {
            return true;
        }
        return label.codePointAt(at) == ZERO_WIDTH_NON_JOINER
                && at + 1 < label.length()
                && isArabic(label.codePointBefore(at))
                && isArabic(label.codePointAt(at + 1))
                && !RIGHT_JOINING.contains(label.codePointBefore(at));
    }

    private static boolean isArabic(int point) {
        return Character.UnicodeBlock.ARABIC.equals(Character.UnicodeBlock.of(point));
    }

    private static boolean makesBidi(int point) {
        byte direction = Character.getDirectionality(point);
        return STRONG_RIGHT.contains(direction) || direction == Character.DIRECTIONALITY_ARABIC_NUMBER;
    }

    /** RFC 5893 §2. */
    private static void checkBidi(String label) {
        byte first = Character.getDirectionality(label.codePointAt(0));
        boolean isRight = STRONG_RIGHT.contains(first);
        boolean isFit = isRight || first == Character.DIRECTIONALITY_LEFT_TO_RIGHT;
        boolean hasEuropean = false;
        boolean hasArabic = false;
        byte last = first;
        for (int point : label.codePoints().toArray()) {
            byte direction = Character.getDirectionality(point);
            hasEuropean |= direction == Character.DIRECTIONALITY_EUROPEAN_NUMBER;
            hasArabic |= direction == Character.DIRECTIONALITY_ARABIC_NUMBER;
            isFit &= WEAK.contains(direction)
                    || (isRight
                            ? STRONG_RIGHT.contains(direction) || direction == Character.DIRECTIONALITY_ARABIC_NUMBER
                            : direction == Character.DIRECTIONALITY_LEFT_TO_RIGHT);
            last = direction == Character.DIRECTIONALITY_NONSPACING_MARK ? last : direction;
        }
        boolean endsInNumber = last == Character.DIRECTIONALITY_EUROPEAN_NUMBER
                || (isRight && last == Character.DIRECTIONALITY_ARABIC_NUMBER);
        boolean endsFit = endsInNumber
                || (isRight ? STRONG_RIGHT.contains(last) : last == Character.DIRECTIONALITY_LEFT_TO_RIGHT);
        require(
                isFit && endsFit && !(isRight && hasEuropean && hasArabic),
                "label that mixes directions of writing (expected: the rule of RFC 5893)");
    }

    private static String hex(int point) {
        return String.format("U+%04X", point);
    }
}
