package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** Input of a client, as {@link SmtpServerDecoder} divides it. */
public sealed interface SmtpInput {
    /**
     * A command line.
     *
     * @param text without its CRLF; printable ASCII, and other characters in the commands that may have them.
     */
    record CommandLine(String text) implements SmtpInput {
        public CommandLine {
            for (int i = 0; i < text.length(); i++) {
                if (Character.isISOControl(text.charAt(i))) {
                    throw new IllegalArgumentException("command line with a control character");
                }
            }
        }
    }

    /**
     * A line that cannot be a command.
     *
     * @param refusal the reply that says why: 500, or 421 if the client does not speak SMTP.
     */
    record BadLine(Reply refusal) implements SmtpInput {}

    /**
     * Some octets of content, without stuffed dots; chunks do not follow lines.
     *
     * @param octets at least one; the receiver must release them.
     */
    record ContentChunk(ByteBuf octets) implements SmtpInput {}

    /**
     * The end of the content: a dot on a line of its own.
     *
     * @param flaw the refusal, if the content broke a rule; chunks after the first flaw were not passed on.
     */
    record EndOfContent(Optional<Reply> flaw) implements SmtpInput {}

    /**
     * The end of a chunk of BDAT (RFC 3030 §2).
     *
     * @param flaw the refusal, if this chunk or one before it broke a rule; octets after the first flaw were not passed on.
     */
    record EndOfChunk(Optional<Reply> flaw) implements SmtpInput {}
}
