package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Reads the content of a client whose line ends are repaired: an LF without CR becomes CRLF. An operator allows this to
 * clients of his own networks only. A CR without LF remains a flaw.
 *
 * <p>What ends the content: a client whose DATA line ended in CRLF knows CRLF, so nothing but CRLF.CRLF ends its
 * content. Otherwise a message in which somebody wrote LF.LF, and which that client passes on faithfully, would end here
 * early, and the rest of it would be taken for commands. A client whose DATA line ended in a bare LF ends all its lines
 * so, and LF.LF ends its content as CRLF.CRLF does.
 *
 * <p>A dot behind a bare LF, in content that only CRLF.CRLF ends, is taken for stuffed (RFC 5321 §4.5.2) if another dot
 * follows, and is content otherwise; nothing gets lost.
 */
final class RepairingContentReader {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte DOT = '.';
    /** As many octets are looked at for one chunk. */
    private static final int LARGEST_CHUNK = 16 * 1024;

    /** Where in a line the next octet stands. */
    private enum Place {
        /** Where a dot alone ends the content. */
        LINE_START,
        /** Behind a bare LF that does not count as a line end of the protocol. */
        BEHIND_LF,
        /** Behind a dot at {@link #LINE_START}, which is held back. */
        DOT,
        /** Behind a dot and a CR at {@link #LINE_START}, which are held back. */
        DOT_CR,
        /** Behind a dot at {@link #BEHIND_LF}, which is held back. */
        DOT_BEHIND_LF,
        /** Anywhere else. */
        IN_LINE,
        /** Behind a CR, which is held back. */
        CR
    }

    private final int maxLine;
    private Place place = Place.LINE_START;
    private boolean isLfEnough;
    private boolean hasEnded;
    private long lineOctets;
    private Optional<Reply> flaw = Optional.empty();

    RepairingContentReader(LineLimits limits) {
        this.maxLine = limits.content();
    }

    /**
     * The next octet is the first of a content.
     *
     * @param isLfEnough whether LF.LF ends it too.
     */
    void begin(boolean isLfEnough) {
        this.isLfEnough = isLfEnough;
        this.place = Place.LINE_START;
        this.hasEnded = false;
        this.lineOctets = 0;
        this.flaw = Optional.empty();
    }

    /** The next chunk or the end; empty if all octets are used. */
    Optional<SmtpInput> read(ByteBuf in) {
        while (in.isReadable() && !hasEnded) {
            int length = Math.min(in.readableBytes(), LARGEST_CHUNK);
            // A line of an LF alone grows to two octets; besides, up to two are held back from before.
            ByteBuf out = in.alloc().buffer(2 * length + 2);
            int end = in.readerIndex() + length;
            while (in.readerIndex() < end && !hasEnded) {
                take(in.readByte(), out);
            }
            if (out.isReadable() && flaw.isEmpty()) {
                return Optional.of(new SmtpInput.ContentChunk(out));
            }
            out.release();
        }
        return hasEnded ? Optional.of(end()) : Optional.empty();
    }

    private SmtpInput end() {
        Optional<Reply> reason = flaw;
        begin(false);
        return new SmtpInput.EndOfContent(reason);
    }

    private void take(byte octet, ByteBuf out) {
        switch (place) {
            case LINE_START, BEHIND_LF -> {
                if (octet == DOT) {
                    place = place == Place.LINE_START ? Place.DOT : Place.DOT_BEHIND_LF;
                } else {
                    content(octet, out);
                }
            }
            case DOT -> behindDot(octet, out);
            case DOT_CR -> {
                if (octet == LF) {
                    hasEnded = true;
                } else {
                    bareCr(octet, out);
                }
            }
            case DOT_BEHIND_LF -> {
                if (octet != DOT) {
                    write(DOT, out);
                }
                content(octet, out);
            }
            case CR -> {
                if (octet == LF) {
                    endLine(out, Place.LINE_START);
                } else {
                    bareCr(octet, out);
                }
            }
            case IN_LINE -> content(octet, out);
            default -> throw new AssertionError(place);
        }
    }

    private void behindDot(byte octet, ByteBuf out) {
        if (octet == CR) {
            place = Place.DOT_CR;
        } else if (octet == LF && isLfEnough) {
            hasEnded = true;
        } else if (octet == LF) {
            // CRLF.LF ends nothing; what is passed on is a line with a dot, which is stuffed again when it goes out.
            write(DOT, out);
            endLine(out, Place.BEHIND_LF);
        } else {
            content(octet, out);
        }
    }

    private void content(byte octet, ByteBuf out) {
        if (octet == CR) {
            place = Place.CR;
        } else if (octet == LF) {
            endLine(out, isLfEnough ? Place.LINE_START : Place.BEHIND_LF);
        } else {
            place = Place.IN_LINE;
            write(octet, out);
        }
    }

    private void bareCr(byte octet, ByteBuf out) {
        flawed(ContentReader.BARE_CR);
        content(octet, out);
    }

    private void endLine(ByteBuf out, Place next) {
        write(CR, out);
        write(LF, out);
        lineOctets = 0;
        place = next;
    }

    private void write(byte octet, ByteBuf out) {
        if (++lineOctets > maxLine) {
            flawed(ContentReader.tooLong(maxLine));
        }
        out.writeByte(octet);
    }

    private void flawed(Reply reason) {
        if (flaw.isEmpty()) {
            flaw = Optional.of(reason);
        }
    }
}
