package dev.caravan.codec;

import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Cuts command lines out of octets. Only CRLF ends a line, so that client and server never disagree about where the
 * next command begins. A line that is too long, or has anything but printable ASCII before its CRLF, becomes a
 * {@link SmtpInput.BadLine} when the CRLF comes, so that commands and replies stay in step. A bare LF ends a line only
 * for clients whose line ends are repaired. MAIL, RCPT, VRFY and EXPN may have UTF-8 (RFC 6531 §3.3). In HELO and EHLO a
 * tab becomes a space, and other octets that are not printable, except CR, LF and NUL, become question marks.
 */
final class CommandLineReader {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    // The first two octets of a client that begins with TLS: a handshake record of version 3.x.
    private static final byte HANDSHAKE = 0x16;
    private static final byte VERSION = 3;
    private static final int VERB = 4;
    private static final Set<String> WITH_ADDRESSES = Set.of("MAIL", "RCPT", "VRFY", "EXPN");
    /** A line of an exchange of AUTH with its CRLF (RFC 4954 §4). */
    private static final int AUTHENTICATION = 12_288;

    private static final ByteProcessor MASKABLE = octet -> octet != CR && octet != LF && octet != 0;
    private static final ByteProcessor PRINTABLE = octet -> octet >= ' ' && octet <= '~';

    private final LineLimits limits;
    // How many octets after the reader index hold no CRLF; they are not searched again.
    private int searched;
    private boolean skipping;
    private boolean skippedCr;
    private boolean responding;
    private boolean skippingAuthentication;
    private boolean repairing;
    private boolean endedBare;

    CommandLineReader(LineLimits limits) {
        this.limits = limits;
    }

    /** The next line; empty if its end has not come. Octets of a line that is already too long are dropped. */
    Optional<SmtpInput> read(ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        if (!skipping && isTls(in, start, end)) {
            in.readerIndex(start + 2);
            searched = 0;
            return Optional.of(new SmtpInput.BadLine(
                    Reply.of(421, "4.7.0", "this port does not speak TLS, closing (expected: SMTP)")
                            .because(Reason.COMMAND)));
        }
        int from = start + searched;
        while (from < end) {
            int lf = in.indexOf(from, end, LF);
            if (lf < 0) {
                break;
            }
            boolean isCrLf = lf > start ? in.getByte(lf - 1) == CR : skippedCr;
            if (isCrLf || repairing) {
                searched = 0;
                endedBare = !isCrLf;
                return Optional.of(line(in, start, lf + 1));
            }
            from = lf + 1;
        }
        if (skipping || end - start >= limits.extended()) {
            if (!skipping && isAuthentication(in, start, end) && end - start < AUTHENTICATION) {
                searched = end - start;
            } else {
                skip(in, start, end);
            }
        } else {
            searched = end - start;
        }
        return Optional.empty();
    }

    /** The next line is the response of a SASL exchange. */
    void expectResponse() {
        responding = true;
    }

    /** From now on a line also ends at an LF without CR. */
    void repairLineEnds(boolean isRepairing) {
        repairing = isRepairing;
    }

    /** Whether the last line ended at an LF without CR. */
    boolean hasEndedBare() {
        return endedBare;
    }

    /** Whether a line that is too long is being dropped. */
    boolean isSkipping() {
        return skipping;
    }

    /** Without this reply such a client would wait until a timeout, because it sends no line. */
    private static boolean isTls(ByteBuf in, int start, int end) {
        return end - start >= 2 && in.getByte(start) == HANDSHAKE && in.getByte(start + 1) == VERSION;
    }

    private boolean isAuthentication(ByteBuf in, int start, int end) {
        return responding
                || (end - start > VERB
                        && in.toString(start, VERB + 1, StandardCharsets.US_ASCII)
                                .equalsIgnoreCase("AUTH "));
    }

    private void skip(ByteBuf in, int start, int end) {
        if (!skipping) {
            skippingAuthentication = isAuthentication(in, start, end);
        }
        if (end > start) {
            skippedCr = in.getByte(end - 1) == CR;
            in.readerIndex(end);
        }
        skipping = true;
        searched = 0;
    }

    /** The line between two indexes, the second after its CRLF. */
    private SmtpInput line(ByteBuf in, int start, int end) {
        in.readerIndex(end);
        if (skipping) {
            skipping = false;
            skippedCr = false;
            responding = false;
            return skippingAuthentication ? authenticationTooLong() : tooLong(limits.extended());
        }
        int length = end - start;
        if (responding || (length > limits.command() && isAuthentication(in, start, end))) {
            responding = false;
            return length > AUTHENTICATION ? authenticationTooLong() : checked(in, start, length);
        }
        boolean extended = length > limits.command() && mayBeExtended(in, start);
        if (length > (extended ? limits.extended() : limits.command())) {
            return tooLong(extended ? limits.extended() : limits.command());
        }
        return checked(in, start, length);
    }

    private SmtpInput checked(ByteBuf in, int start, int length) {
        int text = length - (endedBare ? 1 : 2);
        int bad = in.forEachByte(start, text, PRINTABLE);
        if (bad < 0) {
            return new SmtpInput.CommandLine(in.toString(start, text, StandardCharsets.US_ASCII));
        }
        if (isChunk(in, start, text)) {
            // Where the chunk ends, and the next command begins, cannot be told.
            return new SmtpInput.BadLine(
                    Reply.of(421, "4.5.4", "malformed BDAT (expected: BDAT size, or BDAT size LAST), closing"));
        }
        if (in.getByte(bad) < 0 && mayBeUtf8(in, start, text)) {
            return utf8(in, start, text);
        }
        int worst = isHello(in, start, text) ? in.forEachByte(start, text, MASKABLE) : bad;
        return worst >= 0 ? unprintable(in.getByte(worst)) : new SmtpInput.CommandLine(masked(in, start, text));
    }

    /** Nothing depends on the syntax of a client's name, and some clients send Latin-1 or UTF-8. */
    private static boolean isHello(ByteBuf in, int start, int length) {
        if (length <= VERB) {
            return false;
        }
        String verb = in.toString(start, VERB, StandardCharsets.US_ASCII);
        byte next = in.getByte(start + VERB);
        return (next == ' ' || next == '\t') && (verb.equalsIgnoreCase("EHLO") || verb.equalsIgnoreCase("HELO"));
    }

    /** The commands with addresses (RFC 6531 §3.3); whether the client may use UTF-8 is checked later. */
    private static boolean mayBeUtf8(ByteBuf in, int start, int length) {
        if (length <= VERB || in.getByte(start + VERB) != ' ') {
            return false;
        }
        String verb = in.toString(start, VERB, StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT);
        return WITH_ADDRESSES.contains(verb);
    }

    private static SmtpInput utf8(ByteBuf in, int start, int length) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(in.nioBuffer(start, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return refused("octets that are not UTF-8 in a command line (expected: printable ASCII, or UTF-8)");
        }
        int control = 0;
        while (control < text.length() && !Character.isISOControl(text.charAt(control))) {
            control++;
        }
        if (control == text.length()) {
            return new SmtpInput.CommandLine(text);
        }
        char found = text.charAt(control);
        return found <= Byte.MAX_VALUE
                ? unprintable((byte) found)
                : refused("control character in a command line (expected: printable ASCII, or UTF-8)");
    }

    private static boolean isChunk(ByteBuf in, int start, int length) {
        return length >= VERB
                && in.toString(start, VERB, StandardCharsets.US_ASCII).equalsIgnoreCase("BDAT");
    }

    private static String masked(ByteBuf in, int start, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = start; i < start + length; i++) {
            char c = (char) (in.getByte(i) & 0xff);
            text.append(c == '\t' ? ' ' : c >= ' ' && c <= '~' ? c : '?');
        }
        return text.toString();
    }

    private static boolean mayBeExtended(ByteBuf in, int start) {
        String verb = in.toString(start, 5, StandardCharsets.US_ASCII);
        return verb.equalsIgnoreCase("MAIL ") || verb.equalsIgnoreCase("RCPT ");
    }

    private static SmtpInput tooLong(int limit) {
        return refused("command line of more than " + limit + " octets (expected: <= " + limit + " with CRLF)");
    }

    private static SmtpInput authenticationTooLong() {
        return new SmtpInput.BadLine(Reply.of(
                500,
                "5.5.6",
                "response of more than " + AUTHENTICATION + " octets (expected: <= " + AUTHENTICATION + " with CRLF)"));
    }

    private static SmtpInput unprintable(byte octet) {
        if (octet == CR || octet == LF) {
            return refused("bare " + (octet == CR ? "CR" : "LF") + " in a command line (expected: CRLF at its end)");
        }
        String kind = octet == 0 ? "NUL" : octet < 0 ? "8-bit octet" : "control character";
        return refused(kind + " in a command line (expected: printable ASCII)");
    }

    private static SmtpInput refused(String text) {
        return new SmtpInput.BadLine(Reply.of(500, "5.5.2", text));
    }
}
