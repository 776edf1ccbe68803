package dev.caravan.dsn;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Uts46;
import dev.caravan.mime.SevenBitMessage;
import dev.caravan.outcome.Notice;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The header of a notification itself, without the empty line. */
final class DsnHeader {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    // RFC 5322 §3.6.4, without quoted strings and comments: ids of other forms are not repeated.
    private static final Pattern MESSAGE_ID = Pattern.compile("<[!#-;=?A-Z^-~]{1,250}@[!#-;=?A-Z\\[\\]^-~]{1,250}>");

    private DsnHeader() {}

    static String of(Notice notice, DsnContext facts, ForwardPath to, ReturnedMessage original, boolean isEightBit) {
        StringBuilder header = new StringBuilder(1024);
        field(header, "From", "Mail Delivery System <MAILER-DAEMON@" + facts.reportingMta() + ">");
        Mailbox mailbox = to.mailbox();
        field(header, "To", "<" + mailbox.ascii().orElse(mailbox) + ">");
        field(header, "Subject", subject(notice));
        field(header, "Date", date(facts.now()));
        field(header, "Message-ID", "<" + facts.id() + "@" + facts.reportingMta() + ">");
        Optional<String> messageId = original.header()
                .first("Message-ID")
                .filter(id -> MESSAGE_ID.matcher(id).matches());
        if (messageId.isPresent()) {
            field(header, "In-Reply-To", messageId.get());
            field(header, "References", messageId.get());
        }
        // RFC 3834 §5: an automatic answer to one message.
        field(header, "Auto-Submitted", "auto-replied");
        field(header, "MIME-Version", "1.0");
        field(
                header,
                "Content-Type",
                "multipart/report; report-type=" + DsnFields.reportType(notice) + ";\r\n\tboundary=\""
                        + original.boundary() + "\"");
        // A multipart can have no other encoding (RFC 2045 §6.4).
        field(header, "Content-Transfer-Encoding", isEightBit ? "8bit" : "7bit");
        return header.toString();
    }

    /** A date and time as header fields have it (RFC 5322 §3.3). */
    static String date(Instant instant) {
        return DATE.format(instant);
    }

    private static String subject(Notice notice) {
        String first = notice.recipients().get(0).recipient().path().address();
        String whom = (Uts46.isAscii(first) ? first : SevenBitMessage.encodedWords(first))
                + (notice.recipients().size() == 1
                        ? ""
                        : " and " + (notice.recipients().size() - 1) + " more");
        return switch (notice.kind()) {
            case FAILED -> "Undelivered mail: " + whom;
            case DELAYED -> "Delayed mail (still being retried): " + whom;
            case RELAYED -> "Relayed: " + whom;
            case DELIVERED -> "Delivered: " + whom;
            case EXPANDED -> "Sent on to several recipients: " + whom;
        };
    }

    private static void field(StringBuilder header, String name, String body) {
        header.append(name).append(": ").append(body).append("\r\n");
    }
}
