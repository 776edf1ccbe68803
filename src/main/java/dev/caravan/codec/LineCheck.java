package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Checks the lines of one content, which comes in pieces: CRLF at the end of each, no other CR or LF, none too long (RFC
 * 5321 §2.3.8, §4.5.3.1.6). The first flaw is kept.
 */
final class LineCheck {
    static final Reply BARE_CR =
            Reply.of(554, "5.6.0", "content has a CR without LF (expected: CRLF at the end of each line, no other CR)");
    private static final Reply BARE_LF = Reply.of(
            554, "5.6.0", "content has an LF without CR (expected: CRLF at the end of each line, no other LF)");

    private static final byte CR = '\r';
    private static final byte LF = '\n';

    /** The place of the next octet in its line. */
    private enum Place {
        /** After CRLF, or at the beginning of the content. */
        LINE_START,
        IN_LINE,
        CR
    }

    private final int maxLine;
    private Place place = Place.LINE_START;
    private long lineOctets;
    private Optional<Reply> flaw = Optional.empty();

    LineCheck(LineLimits limits) {
        this.maxLine = limits.content();
    }

    /** The next octet is the first of a content. */
    void begin() {
        place = Place.LINE_START;
        lineOctets = 0;
        flaw = Optional.empty();
    }

    /** The refusal of the first flaw; empty if there is none. */
    Optional<Reply> flaw() {
        return flaw;
    }

    /** Whether the next octet is the first of a line. */
    boolean isLineStart() {
        return place == Place.LINE_START;
    }

    /** An octet that was not given to {@link #line} is the first of a line. */
    void beganElsewhere() {
        place = Place.IN_LINE;
    }

    /** The last octet given was CR, and no LF followed. */
    void bareCr() {
        flawed(BARE_CR);
        place = Place.IN_LINE;
    }

    /** The content has ended. */
    void end() {
        if (place == Place.CR) {
            bareCr();
        }
    }

    /** Checks octets up to the end of a line, or to the last of them; returns the index behind. */
    int line(ByteBuf in, int start, int end) {
        int lf = in.indexOf(start, end, LF);
        int stop = lf < 0 ? end : lf;
        if (place == Place.CR && lf != start) {
            flawed(BARE_CR);
        }
        int cr = in.indexOf(start, stop, CR);
        if (cr >= 0 && cr != stop - 1) {
            flawed(BARE_CR);
        }
        boolean behindCr = stop > start ? in.getByte(stop - 1) == CR : place == Place.CR;
        int next = lf < 0 ? end : lf + 1;
        count(next - start);
        if (lf < 0) {
            place = behindCr ? Place.CR : Place.IN_LINE;
        } else if (behindCr) {
            place = Place.LINE_START;
            lineOctets = 0;
        } else {
            flawed(BARE_LF);
            place = Place.IN_LINE;
        }
        return next;
    }

    private void count(int octets) {
        lineOctets += octets;
        if (lineOctets > maxLine && flaw.isEmpty()) {
            flawed(tooLong(maxLine));
        }
    }

    static Reply tooLong(int maxLine) {
        return Reply.of(
                554,
                "5.6.0",
                "content has a line of more than " + maxLine + " octets (expected: <= " + maxLine + " with CRLF)");
    }

    private void flawed(Reply reason) {
        if (flaw.isEmpty()) {
            flaw = Optional.of(reason);
        }
    }
}
