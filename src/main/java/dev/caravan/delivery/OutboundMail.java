package dev.caravan.delivery;

import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.Recipient;
import dev.caravan.mime.SevenBitMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A message for sending: the envelope, the trace header, and the content after it, which may be converted. */
final class OutboundMail {
    private final MailId id;
    private final Envelope envelope;
    private final byte[] traceHeader;
    private final Content content;
    private final Optional<SevenBitMessage> converted;
    private final Instant sentAt;

    OutboundMail(MailId id, Envelope envelope, byte[] traceHeader, Content content) {
        this(id, envelope, traceHeader, content, Optional.empty(), Instant.EPOCH);
    }

    private OutboundMail(
            MailId id,
            Envelope envelope,
            byte[] traceHeader,
            Content content,
            Optional<SevenBitMessage> converted,
            Instant sentAt) {
        this.id = id;
        this.envelope = envelope;
        this.traceHeader = traceHeader;
        this.content = content;
        this.converted = converted;
        this.sentAt = sentAt;
    }

    OutboundMail withRecipients(List<Recipient> recipients) {
        return new OutboundMail(id, envelope.withRecipients(recipients), traceHeader, content, converted, sentAt);
    }

    /** The message with a converted content, which has seven bits. */
    OutboundMail converted(SevenBitMessage other) {
        return new OutboundMail(
                id,
                envelope.withParameters(envelope.parameters().withBody(Body.SEVEN_BIT)),
                traceHeader,
                content,
                Optional.of(other),
                sentAt);
    }

    /** The message as it is sent at a time, from which the seconds to its deadline count (RFC 2852). */
    OutboundMail sentAt(Instant now) {
        return new OutboundMail(id, envelope, traceHeader, content, converted, now);
    }

    Instant sentAt() {
        return sentAt;
    }

    /** The message with another envelope. */
    OutboundMail withEnvelope(Envelope other) {
        return new OutboundMail(id, other, traceHeader, content, converted, sentAt);
    }

    /** The message with another BODY, and the same content. */
    OutboundMail withBody(Body body) {
        return new OutboundMail(
                id,
                envelope.withParameters(envelope.parameters().withBody(body)),
                traceHeader,
                content,
                converted,
                sentAt);
    }

    boolean isConverted() {
        return converted.isPresent();
    }

    MailId id() {
        return id;
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
}
