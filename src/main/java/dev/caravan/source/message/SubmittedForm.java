package dev.caravan.source.message;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** What a source hands in, in one of the forms that are taken. */
public sealed interface SubmittedForm {
    /**
     * A whole mail: header and body (RFC 5322), lines ended by LF or CRLF.
     *
     * @param octets read once, to their end; the caller closes them.
     * @param envelope what is given beside it.
     */
    record Whole(InputStream octets, EnvelopeOverride envelope) implements SubmittedForm {}

    /**
     * A JSON document.
     *
     * @param octets in UTF-8; read once, to their end; the caller closes them.
     * @param wishes what holds if the document says nothing.
     */
    record Json(InputStream octets, DsnOptions wishes) implements SubmittedForm {}

    /**
     * A text, with all else beside it.
     *
     * @param text what the mail says.
     * @param from the author, who also gets reports.
     * @param to lists of recipients, likewise cc and bcc.
     */
    record Text(
            String text,
            String from,
            List<String> to,
            List<String> cc,
            List<String> bcc,
            Optional<String> subject,
            DsnOptions wishes)
            implements SubmittedForm {}
}
