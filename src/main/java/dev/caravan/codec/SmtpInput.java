package dev.caravan.codec;

import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** What a client sent, as {@link SmtpServerDecoder} cuts it up. */
public sealed interface SmtpInput {
    /**
     * A command line.
     *
     * @param text without its CRLF; printable ASCII.
     */
    record CommandLine(String text) implements SmtpInput {
        public CommandLine {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                    throw new IllegalArgumentException("command line with a control or 8-bit character");
                }
            }
        }
    }

    /**
     * A line that can be no command.
     *
     * @param refusal the reply that says why: 500, or 421 if SMTP will never follow.
     */
    record BadLine(Reply refusal) implements SmtpInput {}

    /**
     * Some octets of content, as sent but for the dots that were stuffed; there is no relation to lines.
     *
     * @param octets at least one; belong to whoever gets this.
     */
    record ContentChunk(ByteBuf octets) implements SmtpInput {}

    /**
     * The dot on a line of its own came.
     *
     * @param flaw the refusal, if the content broke a rule; chunks after the first flaw were not passed on.
     */
    record EndOfContent(Optional<Reply> flaw) implements SmtpInput {}
}
