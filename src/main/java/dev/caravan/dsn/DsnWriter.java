package dev.caravan.dsn;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Uts46;
import dev.caravan.outcome.Notice;
import dev.caravan.outcome.Outcome;
import dev.caravan.queue.SpoolWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Writes delivery status notifications: a multipart/report (RFC 6522 §3) with a text for people, the fields for
 * programs (RFC 3464 §2), and the original message or its header. Reports about messages with SMTPUTF8 have addresses and
 * headers in UTF-8 in their parts (RFC 6533); their own header is ASCII, unless their addressee is not, so that they need
 * SMTPUTF8 only where the address does. The message is streamed, so memory use does not
 * depend on its size. Nothing that came from the network can end a line, a field or a part.
 */
public final class DsnWriter {
    /**
     * Up to this size a failed message is returned whole if its sender did not say how much to return (RFC 3461 §4.3).
     */
    public static final long MAX_RETURNED_UNASKED = 64 * 1024;

    private DsnWriter() {}

    /**
     * Writes a notification.
     *
     * @param sink a new content, which is ended by this call in any case.
     * @return the notification with its own envelope: from the null reverse-path to the sender or the postmaster, who
     *     get no report about it in turn (RFC 3461 §6.1).
     * @throws IOException if the message cannot be read or the notification cannot be written; the caller must try the
     *     notice again.
     */
    public static MailObject write(Notice notice, DsnContext facts, SpoolWriter sink) throws IOException {
        try {
            ReturnedMessage original = ReturnedMessage.of(
                    notice.item().mail().content(),
                    returnsAll(notice),
                    DsnFields.isUnicode(notice),
                    "dsn-" + facts.id());
            ForwardPath to = addressee(notice, facts);
            String boundary = original.boundary();
            String text = DsnText.of(notice, facts, original);
            String fields = DsnFields.of(notice, facts);
            boolean isEightBit = original.isEightBit() || !Uts46.isAscii(text) || !Uts46.isAscii(fields);
            append(sink, DsnHeader.of(notice, facts, to, original, isEightBit));
            append(sink, "\r\n" + part(boundary, "text/plain; charset=" + charset(text), encoding(text)));
            append(sink, text);
            append(sink, "\r\n" + part(boundary, "message/" + DsnFields.reportType(notice), encoding(fields)));
            append(sink, fields);
            append(sink, "\r\n" + part(boundary, original.mediaType(), original.transferEncoding()));
            original.copyTo(sink);
            append(sink, "\r\n--" + boundary + "--\r\n");
            Body body = isEightBit ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
            return new MailObject(
                    facts.id(),
                    new Arrival(facts.now(), Arrival.OWN_REPORT, "", Optional.empty()),
                    envelope(notice, facts, to, body),
                    sink.finish());
        } finally {
            sink.abandon();
        }
    }

    private static boolean returnsAll(Notice notice) {
        if (notice.kind() != Notice.Kind.FAILED) {
            // RET applies to failures only; otherwise the sender gets the header (RFC 3461 §4.3).
            return false;
        }
        MailObject mail = notice.item().mail();
        return mail.envelope()
                .parameters()
                .returned()
                .map(returned -> returned == Returned.FULL)
                .orElse(mail.content().size() <= MAX_RETURNED_UNASKED);
    }

    private static ForwardPath addressee(Notice notice, DsnContext facts) {
        return notice.to() == Notice.To.POSTMASTER
                ? facts.postmaster()
                : new ForwardPath(
                        notice.item().mail().envelope().reversePath().mailbox().orElseThrow());
    }

    private static Envelope envelope(Notice notice, DsnContext facts, ForwardPath to, Body body) {
        Optional<String> envelopeId = notice.to() == Notice.To.POSTMASTER
                ? Optional.of(Outcome.POSTMASTER_NOTICE + facts.id())
                : Optional.empty();
        return new Envelope(
                ReversePath.NULL,
                List.of(new Recipient(to, Notify.NEVER, Optional.empty())),
                MailParameters.NONE.withBody(body).withEnvelopeId(envelopeId));
    }

    private static String part(String boundary, String mediaType, String transferEncoding) {
        return "--" + boundary + "\r\nContent-Type: " + mediaType + "\r\nContent-Transfer-Encoding: " + transferEncoding
                + "\r\n\r\n";
    }

    private static String charset(String text) {
        return Uts46.isAscii(text) ? "us-ascii" : "utf-8";
    }

    private static String encoding(String text) {
        return Uts46.isAscii(text) ? "7bit" : "8bit";
    }

    private static void append(SpoolWriter sink, String text) throws IOException {
        sink.append(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
}
