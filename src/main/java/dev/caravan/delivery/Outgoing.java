package dev.caravan.delivery;

import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.Recipient;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A mail as it leaves: the envelope, our trace header, and the content behind it. */
final class Outgoing {
    private static final int CHUNK = 32 * 1024;

    private final Envelope envelope;
    private final byte[] traceHeader;
    private final Content content;

    Outgoing(Envelope envelope, byte[] traceHeader, Content content) {
        this.envelope = envelope;
        this.traceHeader = traceHeader;
        this.content = content;
    }

    Outgoing withRecipients(List<Recipient> recipients) {
        return new Outgoing(envelope.withRecipients(recipients), traceHeader, content);
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

    /** What SIZE declares: octets without dot stuffing (RFC 1870 §5). */
    long size() {
        return traceHeader.length + content.size();
    }

    boolean isDeclaredEightBit() {
        return envelope.parameters().body() == Body.EIGHT_BIT_MIME;
    }

    /** Reads the content until an octet above 127; blocks if it is in a file. */
    boolean hasEightBitOctets() throws IOException {
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
