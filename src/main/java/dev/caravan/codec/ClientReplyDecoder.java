package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns octets from a server into {@link Reply} values (RFC 5321 §4.2), and a {@link StrayLine} for each line without a
 * reply code. A reply that does not end within {@link #MAX_REPLY} octets is a {@link DecoderException}, after which
 * nothing more is read.
 *
 * <p>Laxer than the RFC, because a client must not misjudge a message that the server has accepted: a line may end at a
 * bare LF, and any character that is not a digit may follow the code; the code of the last line is the code of the
 * reply, whatever the lines before it have; long lines and lines after the hundredth are cut, not refused.
 */
public final class ClientReplyDecoder extends ByteToMessageDecoder {
    /** Octets of a line that are kept: four times what RFC 5321 §4.5.3.1.5 allows. */
    static final int MAX_LINE = 2048;

    /** Lines of a reply that are kept. */
    static final int MAX_LINES = 100;

    /** The most octets of a reply, including stray lines before it. */
    static final int MAX_REPLY = 256 * 1024;

    private static final int CODE_DIGITS = 3;
    private static final int MAX_TEXT = MAX_LINE - CODE_DIGITS - 1;
    private static final int LEAST_CODE = 200;
    private static final int GREATEST_CODE = 599;
    private static final int NO_CODE = 0;

    private final List<String> texts = new ArrayList<>(1);
    private int code = NO_CODE;
    private int octets;
    /** The beginning of a line that is too long to be kept until its end. */
    private @Nullable String head;

    private String rest = "";
    private boolean isBroken;

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (isBroken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        int length = in.bytesBefore((byte) '\n');
        if (length >= 0) {
            String line = head == null ? text(in, length) : head;
            head = line;
            skip(in, length + 1);
            head = null;
            readLine(line, out);
        } else if (head != null || in.readableBytes() > MAX_LINE) {
            head = head == null ? text(in, in.readableBytes()) : head;
            skip(in, in.readableBytes());
        }
    }

    private void skip(ByteBuf in, int length) {
        in.skipBytes(length);
        octets += length;
        if (octets > MAX_REPLY) {
            isBroken = true;
            throw new DecoderException("reply of more than " + MAX_REPLY + " octets");
        }
    }

    private static String text(ByteBuf in, int length) {
        boolean hasCr = length > 0 && in.getByte(in.readerIndex() + length - 1) == '\r';
        int kept = Math.min(hasCr ? length - 1 : length, MAX_LINE);
        return in.toString(in.readerIndex(), kept, StandardCharsets.ISO_8859_1);
    }

    private void readLine(String raw, List<Object> out) {
        String line = withoutLeadingBlanks(raw);
        int lineCode = code(line);
        if (lineCode == NO_CODE) {
            out.add(new StrayLine(line));
            return;
        }
        add(lineCode, line);
        if (!line.startsWith("-", CODE_DIGITS)) {
            out.add(Reply.heard(code, texts));
            texts.clear();
            code = NO_CODE;
            octets = 0;
        }
    }

    private void add(int lineCode, String line) {
        code = lineCode;
        if (texts.size() < MAX_LINES) {
            texts.add(textOf(line));
        }
    }

    /** The text, and the space before it, may be missing (RFC 5321 §4.2). */
    private static String textOf(String line) {
        boolean hasSeparator = line.length() > CODE_DIGITS && " -\t".indexOf(line.charAt(CODE_DIGITS)) >= 0;
        String text = line.substring(hasSeparator ? CODE_DIGITS + 1 : CODE_DIGITS);
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    private static String withoutLeadingBlanks(String line) {
        int from = 0;
        while (from < line.length() && line.charAt(from) <= ' ') {
            from++;
        }
        return line.substring(from);
    }

    /** The code at the start of a line; {@link #NO_CODE} if there are not exactly three digits from 200 to 599. */
    private static int code(String line) {
        int digits = 0;
        int value = 0;
        while (digits < line.length() && digits <= CODE_DIGITS && isDigit(line.charAt(digits))) {
            value = 10 * value + (line.charAt(digits) - '0');
            digits++;
        }
        return digits == CODE_DIGITS && value >= LEAST_CODE && value <= GREATEST_CODE ? value : NO_CODE;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Whether octets were received that are not part of the replies so far. Call it on the channel's event loop. */
    public boolean hasUnread() {
        return head != null || !texts.isEmpty() || actualReadableBytes() > 0;
    }

    /** When the connection ends, keeps what is left for {@link #unfinished()}. */
    @Override
    protected void decodeLast(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        rest = isBroken ? "" : text(in, in.readableBytes());
        in.skipBytes(in.readableBytes());
    }

    /**
     * The reply whose end is missing, with the lines that were read; empty if none of them has a code. Call it on the
     * channel's event loop, when no more input is expected.
     */
    public Optional<Reply> unfinished() {
        String last = unfinishedLine();
        // Three digits at the end may be the beginning of four.
        if (code(last) != NO_CODE && last.length() > CODE_DIGITS) {
            add(code(last), last);
        }
        return code == NO_CODE ? Optional.empty() : Optional.of(Reply.heard(code, texts));
    }

    /** The line whose end is missing; empty if there is none. Call it likewise. */
    public String unfinishedLine() {
        String pending = head == null ? rest : head;
        if (pending.isEmpty() && !isBroken) {
            pending = text(internalBuffer(), internalBuffer().readableBytes());
        }
        return withoutLeadingBlanks(pending);
    }
}
