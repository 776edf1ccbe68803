package dev.caravan.delivery;

import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.Recipient;
import dev.caravan.mime.SevenBitMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A message for sending: the envelope, the trace header, and the content after it, which may be converted. */
final class OutboundMail {
    private static final int CHUNK = 32 * 1024;

    private final Envelope envelope;
    private final byte[] traceHeader;
    private final Content content;
    private final Optional<SevenBitMessage> converted;

    OutboundMail(Envelope envelope, byte[] traceHeader, Content content) {
        this(envelope, traceHeader, content, Optional.empty());
    }

    private OutboundMail(Envelope envelope, byte[] traceHeader, Content content, Optional<SevenBitMessage> converted) {
        this.envelope = envelope;
        this.traceHeader = traceHeader;
        this.content = content;
        this.converted = converted;
    }

    OutboundMail withRecipients(List<Recipient> recipients) {
        return new OutboundMail(envelope.withRecipients(recipients), traceHeader, content, converted);
    }

    /**
     * The message for a server that accepts seven bits only: this message if it has no 8-bit octets. Blocks while it
     * reads the content.
     *
     * @throws IOException if it cannot be read.
     */
    OutboundMail inSevenBits() throws IOException {
        return hasEightBitOctets()
                ? new OutboundMail(envelope, traceHeader, content, Optional.of(SevenBitMessage.of(content::open)))
                : this;
    }

    Envelope envelope() {
        return envelope;
    }

    /** Shared, not copied. */
    byte[] traceHeader() {
        return traceHeader;
    }

    Content content() {
        return content;
    }

    /** The octets after the trace header, if they are in memory. */
    Optional<byte[]> octets() {
        return converted.isEmpty() && content instanceof Content.InMemory memory
                ? Optional.of(memory.octets())
                : Optional.empty();
    }

    /** The file of the octets after the trace header, if they are one. */
    Optional<Path> file() {
        return converted.isEmpty() && content instanceof Content.InFile spooled
                ? Optional.of(spooled.file())
                : Optional.empty();
    }

    /** The number of octets after the trace header. */
    long contentSize() {
        return converted.map(SevenBitMessage::size).orElse(content.size());
    }

    /**
     * The octets after the trace header; the caller closes the stream.
     *
     * @throws IOException if they cannot be read.
     */
    InputStream open() throws IOException {
        return converted.isPresent() ? converted.get().open() : content.open();
    }

    /** What SIZE declares: octets without dot stuffing (RFC 1870 §5). */
    long size() {
        return traceHeader.length + contentSize();
    }

    /** Reads the content until an octet above 127; blocks if it is in a file. */
    private boolean hasEightBitOctets() throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = content.open()) {
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                for (int i = 0; i < length; i++) {
                    if (chunk[i] < 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
