package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Octets from a server to {@link Reply} values (RFC 5321 §4.2). Whatever is not a reply is a {@link DecoderException},
 * after which nothing more is read.
 *
 * <p>Laxer than the RFC where it does no harm: a line may end at a bare LF and hold up to 2 KiB. Never lax where a
 * reply could be taken for another command's: all lines of a reply have one code.
 */
public final class ClientReplyDecoder extends ByteToMessageDecoder {
    /** Four times what RFC 5321 §4.5.3.1.5 allows. */
    static final int MAX_LINE = 2048;

    static final int MAX_LINES = 100;

    private static final int CODE_DIGITS = 3;
    private static final int LEAST_CODE = 200;
    private static final int GREATEST_CODE = 599;

    private final List<String> texts = new ArrayList<>(1);
    private int code;
    private boolean isBroken;

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (isBroken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        int length = in.bytesBefore((byte) '\n');
        if (length > MAX_LINE || (length < 0 && in.readableBytes() > MAX_LINE)) {
            throw broken("reply line of more than " + MAX_LINE + " octets");
        }
        if (length >= 0) {
            boolean hasCr = length > 0 && in.getByte(in.readerIndex() + length - 1) == '\r';
            String line = in.toString(in.readerIndex(), hasCr ? length - 1 : length, StandardCharsets.ISO_8859_1);
            in.skipBytes(length + 1);
            readLine(line, out);
        }
    }

    private void readLine(String line, List<Object> out) {
        int lineCode = code(line);
        if (!texts.isEmpty() && lineCode != code) {
            throw broken("reply of two codes, " + code + " and " + lineCode);
        }
        if (texts.size() == MAX_LINES) {
            throw broken("reply of more than " + MAX_LINES + " lines");
        }
        code = lineCode;
        // The text, and the space before it, may be missing (RFC 5321 §4.2).
        texts.add(line.length() > CODE_DIGITS ? line.substring(CODE_DIGITS + 1) : "");
        if (line.length() == CODE_DIGITS || line.charAt(CODE_DIGITS) == ' ') {
            out.add(Reply.heard(code, texts));
            texts.clear();
        }
    }

    private int code(String line) {
        boolean hasForm = line.length() >= CODE_DIGITS;
        int value = 0;
        for (int i = 0; hasForm && i < CODE_DIGITS; i++) {
            char c = line.charAt(i);
            hasForm = c >= '0' && c <= '9';
            value = 10 * value + (c - '0');
        }
        if (hasForm && line.length() > CODE_DIGITS) {
            char separator = line.charAt(CODE_DIGITS);
            hasForm = separator == ' ' || separator == '-';
        }
        if (!hasForm || value < LEAST_CODE || value > GREATEST_CODE) {
            throw broken("not a reply (expected: a code of 200 to 599, a space or hyphen, text)");
        }
        return value;
    }

    private DecoderException broken(String words) {
        isBroken = true;
        return new DecoderException(words);
    }
}
