package dev.caravan.codec;

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

    /** What came of the end of the content. */
    private enum End {
        NONE,
        /** A dot at the start of a line, which is not passed on. */
        DOT,
        /** A dot and CR at the start of a line, neither of which is passed on. */
        DOT_CR
    }

    private final LineCheck lines;
    private End end = End.NONE;

    ContentReader(LineLimits limits) {
        this.lines = new LineCheck(limits);
    }

    /** The next chunk or the end; empty if all octets are used. At the end it is ready for the next content. */
    Optional<SmtpInput> read(ByteBuf in) {
        while (in.isReadable()) {
            if (end != End.NONE) {
                if (readBehindDot(in)) {
                    SmtpInput whole = new SmtpInput.EndOfContent(lines.flaw());
                    end = End.NONE;
                    lines.begin();
                    return Optional.of(whole);
                }
                continue;
            }
            int start = in.readerIndex();
            int length = pass(in, start, in.writerIndex()) - start;
            if (length == 0) {
                in.skipBytes(1);
                end = End.DOT;
            } else if (lines.flaw().isEmpty()) {
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
        if (end == End.DOT) {
            // Anything but CR: the dot was stuffed. The octet itself is content.
            boolean cr = next == CR;
            in.skipBytes(cr ? 1 : 0);
            end = cr ? End.DOT_CR : End.NONE;
            lines.beganElsewhere();
            return false;
        }
        if (next == LF) {
            in.skipBytes(1);
            return true;
        }
        lines.bareCr();
        end = End.NONE;
        return false;
    }

    /** Skips lines up to one that begins with a dot, or to the end; returns the index there. */
    private int pass(ByteBuf in, int start, int limit) {
        int index = start;
        while (index < limit && !(lines.isLineStart() && in.getByte(index) == DOT)) {
            index = lines.line(in, index, limit);
        }
        return index;
    }
}
