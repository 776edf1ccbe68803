package dev.caravan.source.message;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** A submission in one of the supported forms. */
public sealed interface SubmittedForm {
    /**
     * A whole message: header and body (RFC 5322), with lines that end with LF or CRLF.
     *
     * @param octets read once, to their end; the caller closes them.
     * @param envelope the envelope that the source gave with it.
     */
    record Whole(InputStream octets, EnvelopeOverride envelope) implements SubmittedForm {}

    /**
     * A JSON document.
     *
     * @param octets in UTF-8; read once, to their end; the caller closes them.
     * @param dsnOptions the DSN options for members that the document lacks.
     */
    record Json(InputStream octets, DsnOptions dsnOptions) implements SubmittedForm {}

    /**
     * A text with the header fields given separately.
     *
     * @param text the text of the message.
     * @param from the author, whose address is also the reverse-path.
     * @param to lists of recipients, likewise cc and bcc.
     */
    record Text(
            String text,
            String from,
            List<String> to,
            List<String> cc,
            List<String> bcc,
            Optional<String> subject,
            DsnOptions dsnOptions)
            implements SubmittedForm {}
}
