package dev.caravan.mime;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/** Decides, in a first pass over a message, how each of its parts is to be encoded. */
final class SevenBitPlan implements MimeScanner.Listener {
    /** The longest line in octets, without its line end (RFC 5321 §4.5.3.1.6, RFC 2045 §2.7). */
    static final int MAX_LINE = 998;

    /** What to do with a part. */
    enum Change {
        /** Keep its body. */
        NONE,
        QUOTED_PRINTABLE,
        BASE64,
        /** All parts within it have seven bits after the conversion, and its header says so. */
        SEVEN_BIT
    }

    private static final Change[] CHANGES = Change.values();

    private final Deque<Composite> composites = new ArrayDeque<>();
    private byte[] decided = {};
    private boolean isWhole = true;
    private boolean isSignedPartLeft;
    private String topFields = "";
    private Leaf leaf = new Leaf(0, MimeScanner.Kind.OPAQUE, true, false);
    private boolean isNonMime;
    private int structureLine;

    private static final class Composite {
        private final int number;
        private final boolean isDeclared;
        private boolean isSevenBit = true;

        Composite(int number, boolean isDeclared) {
            this.number = number;
            this.isDeclared = isDeclared;
        }
    }

    /** What the pass found in the body of one part. */
    private static final class Leaf {
        private final int number;
        private final MimeScanner.Kind kind;
        private final boolean isText;
        private final boolean isDeclared;
        private boolean isSigned;
        private final Utf8 utf8 = new Utf8();
        private long octets;
        private long high;
        private long odd;
        private long line;
        private long longest;
        private boolean isAfterReturn;

        Leaf(int number, MimeScanner.Kind kind, boolean isText, boolean isDeclared) {
            this.number = number;
            this.kind = kind;
            this.isText = isText;
            this.isDeclared = isDeclared;
        }

        void add(byte[] body, int from, int length) {
            octets += length;
            for (int at = from; at < from + length; at++) {
                byte octet = body[at];
                if (octet == '\n') {
                    odd += isAfterReturn ? 0 : 1;
                    line = 0;
                } else {
                    odd += isAfterReturn || octet == 0 ? 1 : 0;
                    line += octet == '\r' ? 0 : 1;
                    longest = Math.max(longest, line);
                }
                high += octet < 0 ? 1 : 0;
                isAfterReturn = octet == '\r';
            }
            if (high > 0) {
                utf8.add(body, from, length);
            }
        }

        boolean isSevenBit() {
            return high == 0 && odd == 0 && longest <= MAX_LINE;
        }

        Change change() {
            if (isSevenBit()) {
                return Change.NONE;
            }
            return isText && odd == 0 && high <= octets / 3 ? Change.QUOTED_PRINTABLE : Change.BASE64;
        }
    }

    /** Whether octets, of which those before the first call had seven bits, are UTF-8. */
    private static final class Utf8 {
        private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        private final CharBuffer chars = CharBuffer.allocate(1024);
        private byte[] rest = {};
        private boolean isValid = true;

        void add(byte[] octets, int from, int length) {
            if (!isValid) {
                return;
            }
            byte[] all = Arrays.copyOf(rest, rest.length + length);
            System.arraycopy(octets, from, all, rest.length, length);
            ByteBuffer in = ByteBuffer.wrap(all);
            while (true) {
                chars.clear();
                var result = decoder.decode(in, chars, false);
                if (result.isError()) {
                    isValid = false;
                    return;
                }
                if (result.isUnderflow()) {
                    break;
                }
            }
            rest = Arrays.copyOfRange(all, in.position(), all.length);
        }

        boolean isValid() {
            return isValid && rest.length == 0;
        }
    }

    /** What to do with a part; valid after the pass. */
    Change change(int number) {
        return number < decided.length ? CHANGES[decided[number]] : Change.NONE;
    }

    /** Further fields of the message's own header, which an encoded body needs to be understood. */
    String topFields() {
        return topFields;
    }

    /** Whether the message has seven bits and short lines after the changes. */
    boolean isWhole() {
        return isWhole;
    }

    @Override
    public void header(int number, MimeScanner.Kind kind, PartHeader header, byte[] octets) {
        boolean isDeclared = header.hasEncoding();
        if (number == 0) {
            isNonMime = header.type().isEmpty();
            topFields = header.hasVersion() ? "" : "MIME-Version: 1.0\r\n";
        }
        check(header.sevenBit(Optional.empty(), ""));
        if (kind == MimeScanner.Kind.COMPOSITE) {
            composites.push(
                    new Composite(number, isDeclared && !header.encoding().equals("7bit")));
        } else {
            boolean isText = header.type()
                    .map(type -> type.name().isEmpty() || type.name().startsWith("text/"))
                    .orElse(true);
            leaf = new Leaf(
                    number, kind, isText, isDeclared && !header.encoding().equals("7bit"));
            leaf.isSigned = header.type()
                    .filter(type -> type.name().equals("multipart/signed"))
                    .isPresent();
        }
    }

    /** Whether octets that are not changed have seven bits and short lines; lines are counted across calls. */
    private void check(byte[] octets) {
        structure(octets, 0, octets.length);
    }

    @Override
    public void structure(byte[] octets, int from, int length) {
        boolean isFit = true;
        for (int at = from; at < from + length; at++) {
            structureLine = octets[at] == '\n' ? 0 : structureLine + (octets[at] == '\r' ? 0 : 1);
            isFit &= octets[at] > 0 && structureLine <= MAX_LINE;
        }
        if (!isFit) {
            remains();
        }
    }

    private void remains() {
        isWhole = false;
        composites.forEach(composite -> composite.isSevenBit = false);
    }

    @Override
    public void body(byte[] octets, int from, int length) {
        leaf.add(octets, from, length);
    }

    @Override
    public void bodyEnd() {
        Change change = leaf.change();
        if (leaf.kind == MimeScanner.Kind.OPAQUE) {
            if (change != Change.NONE) {
                remains();
                isSignedPartLeft |= leaf.isSigned && (leaf.high > 0 || leaf.odd > 0);
            }
            return;
        }
        if (change == Change.NONE && leaf.isDeclared) {
            change = Change.SEVEN_BIT;
        }
        decide(leaf.number, change);
        if (leaf.number == 0 && isNonMime && leaf.high > 0) {
            // No field names the charset; octets that are not UTF-8 get the name of RFC 1428 §3.
            topFields +=
                    "Content-Type: text/plain; charset=" + (leaf.utf8.isValid() ? "utf-8" : "unknown-8bit") + "\r\n";
        }
    }

    @Override
    public void compositeEnd() {
        Composite composite = composites.pop();
        if (composite.isSevenBit && composite.isDeclared) {
            decide(composite.number, Change.SEVEN_BIT);
        }
    }

    // A byte for each part of a message; nothing of it is stored.
    @SuppressWarnings("EnumOrdinal")
    private void decide(int number, Change change) {
        if (decided.length <= number) {
            decided = Arrays.copyOf(decided, Math.max(16, number * 2));
        }
        decided[number] = (byte) change.ordinal();
    }

    /** Whether octets that must be converted are in a signed part, which is not changed (RFC 1847 §2.1). */
    boolean isSignedPartLeft() {
        return isSignedPartLeft;
    }

    /** Whether anything is encoded. */
    boolean encodes() {
        for (byte change : decided) {
            if (CHANGES[change] == Change.QUOTED_PRINTABLE || CHANGES[change] == Change.BASE64) {
                return true;
            }
        }
        return false;
    }
}
