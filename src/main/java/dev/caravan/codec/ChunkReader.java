package dev.caravan.codec;

import dev.caravan.smtp.Command;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Reads chunks whose size BDAT declares (RFC 3030 §2). Nothing in a chunk is taken for a command, whatever its octets
 * are. Lines are checked across the chunks of a content, unless the content is binary.
 */
final class ChunkReader {
    private final LineCheck lines;
    private long left;
    private boolean isLast;
    private boolean isOver;
    private boolean isChecked;

    ChunkReader(LineLimits limits) {
        this.lines = new LineCheck(limits);
    }

    /**
     * The next octet is the first of a chunk.
     *
     * @param chunk its size.
     * @param isFirst whether it is the first chunk of its content.
     * @param isBinary whether lines are not checked.
     */
    void begin(Command.Bdat chunk, boolean isFirst, boolean isBinary) {
        if (isFirst) {
            lines.begin();
        }
        isOver = false;
        left = chunk.octets();
        isLast = chunk.isLast();
        isChecked = !isBinary;
    }

    /** The next octets or the end; empty if all octets are used and the chunk has more. */
    Optional<SmtpInput> read(ByteBuf in) {
        while (left > 0 && in.isReadable()) {
            int length = (int) Math.min(left, in.readableBytes());
            check(in, length);
            left -= length;
            if (lines.flaw().isEmpty()) {
                return Optional.of(new SmtpInput.ContentChunk(in.readRetainedSlice(length)));
            }
            in.skipBytes(length);
        }
        if (left > 0) {
            return Optional.empty();
        }
        if (isLast && isChecked) {
            lines.end();
        }
        isOver = true;
        return Optional.of(new SmtpInput.EndOfChunk(lines.flaw()));
    }

    /** Whether the end was returned. */
    boolean isOver() {
        return isOver;
    }

    private void check(ByteBuf in, int length) {
        int end = in.readerIndex() + length;
        for (int at = in.readerIndex(); isChecked && at < end; ) {
            at = lines.line(in, at, end);
        }
    }
}
