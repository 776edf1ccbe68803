package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Cuts content out of octets and removes stuffed dots (RFC 5321 §4.5.2). Chunks are slices of the input; no line is
 * collected. A bare CR or LF, or a line that is too long, is reported at the true end, CRLF.CRLF. If content ended
 * earlier, its rest would be taken for commands, which is how messages are smuggled.
 */
final class ContentReader {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte DOT = '.';

    static final Reply BARE_CR =
            Reply.of(554, "5.6.0", "content has a CR without LF (expected: CRLF at the end of each line, no other CR)");
    private static final Reply BARE_LF = Reply.of(
            554, "5.6.0", "content has an LF without CR (expected: CRLF at the end of each line, no other LF)");

    /** The place of the next octet in its line. */
    private enum Place {
        /** After CRLF, or at the beginning of the content. */
        LINE_START,
        /** After a dot at the start of a line, which is not passed on. */
        DOT,
        /** After a dot and CR at the start of a line, neither of which is passed on. */
        DOT_CR,
        /** Anywhere else. */
        IN_LINE,
        /** After a CR that was passed on. */
        CR
    }

    private final int maxLine;
    private Place place = Place.LINE_START;
    private long lineOctets;
    private Optional<Reply> flaw = Optional.empty();

    ContentReader(LineLimits limits) {
        this.maxLine = limits.content();
    }

    /** The next chunk or the end; empty if all octets are used. At the end it is ready for the next content. */
    Optional<SmtpInput> read(ByteBuf in) {
        while (in.isReadable()) {
            if (place == Place.DOT || place == Place.DOT_CR) {
                if (readBehindDot(in)) {
                    SmtpInput end = new SmtpInput.EndOfContent(flaw);
                    flaw = Optional.empty();
                    place = Place.LINE_START;
                    return Optional.of(end);
                }
                continue;
            }
            int start = in.readerIndex();
            int length = pass(in, start, in.writerIndex()) - start;
            if (length == 0) {
                in.skipBytes(1);
                place = Place.DOT;
            } else if (flaw.isEmpty()) {
                return Optional.of(new SmtpInput.ContentChunk(in.readRetainedSlice(length)));
            } else {
                in.skipBytes(length);
            }
        }
        return Optional.empty();
    }

    /** Reads one octet if it may belong to the end of the content; returns whether it did. */
    private boolean readBehindDot(ByteBuf in) {
        byte next = in.getByte(in.readerIndex());
        if (place == Place.DOT) {
            // Anything but CR: the dot was stuffed. The octet itself is content.
            boolean cr = next == CR;
            in.skipBytes(cr ? 1 : 0);
            place = cr ? Place.DOT_CR : Place.IN_LINE;
            return false;
        }
        if (next == LF) {
            in.skipBytes(1);
            return true;
        }
        flawed(BARE_CR);
        place = Place.IN_LINE;
        return false;
    }

    /** Skips lines up to one that begins with a dot, or to the end; returns the index there. */
    private int pass(ByteBuf in, int start, int end) {
        int index = start;
        while (index < end && !(place == Place.LINE_START && in.getByte(index) == DOT)) {
            index = passLine(in, index, end);
        }
        return index;
    }

    private int passLine(ByteBuf in, int start, int end) {
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
