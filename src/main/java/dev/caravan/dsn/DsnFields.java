package dev.caravan.dsn;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Uts46;
import dev.caravan.outcome.Notice;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/** The part for programs: one group of fields about the message, and one for each recipient (RFC 3464 §2.1). */
final class DsnFields {
    private static final int PREFERRED_LINE = 78;
    // RFC 5322 §2.1.1 allows 998 octets; a longer word is broken.
    private static final int LONGEST_WORD = 900;
    private static final Pattern LONG_GAP = Pattern.compile(" {64,}");

    private final StringBuilder fields = new StringBuilder(1024);

    private final boolean isUnicode;

    private DsnFields(boolean isUnicode) {
        this.isUnicode = isUnicode;
    }

    /**
     * Whether the report is in the form for messages with SMTPUTF8: addresses are in UTF-8 and not in an ASCII form (RFC
     * 6533 §3).
     */
    static boolean isUnicode(Notice notice) {
        return notice.item().mail().envelope().parameters().isUtf8();
    }

    /** The parameter of multipart/report, and the subtype of this part. */
    static String reportType(Notice notice) {
        return isUnicode(notice) ? "global-delivery-status" : "delivery-status";
    }

    static String of(Notice notice, DsnContext facts) {
        DsnFields part = new DsnFields(isUnicode(notice));
        MailObject mail = notice.item().mail();
        part.field("Reporting-MTA", "dns; " + facts.reportingMta());
        if (mail.envelope().parameters().envelopeId().isPresent()) {
            part.field(
                    "Original-Envelope-Id",
                    mail.envelope().parameters().envelopeId().get());
        }
        part.field("Arrival-Date", DsnHeader.date(mail.arrival().at()));
        MailParameters parameters = mail.envelope().parameters();
        parameters.deliverBy().ifPresent(by -> part.field("Deliver-By-Date", DsnHeader.date(by.at())));
        parameters
                .releaseAt()
                .ifPresent(at -> part.field("Future-Release-Request", "until;" + at.truncatedTo(ChronoUnit.SECONDS)));
        for (Notice.NotifiedRecipient told : notice.recipients()) {
            part.fields.append("\r\n");
            part.recipient(notice, told);
        }
        return part.fields.toString();
    }

    private void recipient(Notice notice, Notice.NotifiedRecipient told) {
        if (told.recipient().original().isPresent()) {
            OriginalRecipient original = told.recipient().original().get();
            field(
                    "Original-Recipient",
                    original.type() + "; " + (original.isUtf8() ? unicode(original.address()) : original.address()));
        }
        field("Final-Recipient", finalRecipient(told.recipient().path().address()));
        field("Action", action(notice.kind()));
        Diagnosis diagnosis = told.diagnosis();
        field("Status", diagnosis.status().toString());
        if (diagnosis.remoteMta().isPresent()) {
            field("Remote-MTA", "dns; " + diagnosis.remoteMta().get());
        }
        if (!diagnosis.reply().isBlank()) {
            field("Diagnostic-Code", diagnosticType(diagnosis) + "; " + diagnosis.line());
        }
        if (notice.lastAttemptAt().isPresent()) {
            field("Last-Attempt-Date", DsnHeader.date(notice.lastAttemptAt().get()));
        }
        if (notice.retryUntil().isPresent()) {
            field("Will-Retry-Until", DsnHeader.date(notice.retryUntil().get()));
        }
    }

    private String finalRecipient(String address) {
        return Uts46.isAscii(address) ? "rfc822; " + address : "utf-8; " + unicode(address);
    }

    private String unicode(String address) {
        return isUnicode ? Utf8Xtext.encodeUnicode(address) : Utf8Xtext.encode(address);
    }

    private static String action(Notice.Kind kind) {
        return switch (kind) {
            case FAILED -> "failed";
            case DELAYED -> "delayed";
            case RELAYED -> "relayed";
            case DELIVERED -> "delivered";
            case EXPANDED -> "expanded";
        };
    }

    /** RFC 3464 §2.3.6: type smtp is for what an SMTP server said; this server's own text is no such reply. */
    private static String diagnosticType(Diagnosis diagnosis) {
        return DsnText.isPeersReply(diagnosis) ? "smtp" : "x-caravan";
    }

    /** Adds a field, folded at spaces so that unfolding gives the same text back. */
    private void field(String name, String text) {
        // A run of spaces is treated as one word, which must fit on a line.
        String body = LONG_GAP.matcher(text.strip()).replaceAll(" ");
        fields.append(name).append(':');
        int column = name.length() + 1;
        for (int at = 0; at < body.length(); ) {
            int end = endOfWord(body, at);
            int length = end - at + 1;
            if (column + length > PREFERRED_LINE && column > name.length() + 1) {
                fields.append("\r\n");
                column = 0;
            }
            fields.append(' ').append(body, at, end);
            column += length;
            at = end < body.length() && body.charAt(end) == ' ' ? end + 1 : end;
        }
        fields.append("\r\n");
    }

    /** Where the next word ends; leading spaces belong to it, as a line of spaces only would be no line. */
    private static int endOfWord(String body, int from) {
        int at = from;
        while (at < body.length() && body.charAt(at) == ' ') {
            at++;
        }
        int limit = Math.min(body.length(), at + LONGEST_WORD);
        while (at < limit && body.charAt(at) != ' ') {
            at++;
        }
        return at;
    }
}
