package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Reads the content of a client whose line ends are repaired: an LF without CR becomes CRLF. An operator allows this
 * only for clients of the relay networks. A CR without LF is still refused.
 *
 * <p>What ends the content: a client whose DATA line ended in CRLF knows CRLF, so only CRLF.CRLF ends its content.
 * Otherwise a message that contains LF.LF, and that such a client passes on unchanged, would end early, and its rest
 * would be taken for commands. A client whose DATA line ended in a bare LF ends all its lines so; its content ends at
 * LF.LF as well as at CRLF.CRLF.
 *
 * <p>In content that only CRLF.CRLF ends, a dot after a bare LF is taken as stuffed (RFC 5321 §4.5.2) if another dot
 * follows; otherwise it is content. Nothing is lost.
 */
final class RepairingContentReader {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte DOT = '.';
    /** The number of octets that are read for one chunk. */
    private static final int LARGEST_CHUNK = 16 * 1024;

    /** The place of the next octet in its line. */
    private enum Place {
        /** Where a dot alone ends the content. */
        LINE_START,
        /** After a bare LF that is not a line end of the protocol. */
        BEHIND_LF,
        /** After a dot at {@link #LINE_START}, which is held back. */
        DOT,
        /** After a dot and a CR at {@link #LINE_START}, which are held back. */
        DOT_CR,
        /** After a dot at {@link #BEHIND_LF}, which is held back. */
        DOT_BEHIND_LF,
        /** Anywhere else. */
        IN_LINE,
        /** After a CR, which is held back. */
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
     * @param isLfEnough whether LF.LF ends it too, as CRLF.CRLF does.
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
            // A single LF grows to two octets, and up to two octets may be held back from before.
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
            // CRLF.LF does not end the content. A line with a dot is passed on, which is stuffed again when the message
            // is sent.
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
        flawed(LineCheck.BARE_CR);
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
            flawed(LineCheck.tooLong(maxLine));
        }
        out.writeByte(octet);
    }

    private void flawed(Reply reason) {
        if (flaw.isEmpty()) {
            flaw = Optional.of(reason);
        }
    }
}
