package dev.caravan.source;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.ReversePath;
import dev.caravan.source.Addresses.Named;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A mail as a program thinks of it, before it is MIME.
 *
 * @param heading who and what about.
 * @param body what it says.
 * @param returnPath where reports go; empty for the author.
 * @param wishes what the sender wants to be told.
 */
record Letter(Heading heading, Body body, Optional<ReversePath> returnPath, Wishes wishes) {
    private static final int MAX_FIELDS = 100;

    /**
     * What stands at the top of the mail.
     *
     * @param from the author.
     * @param to who gets it openly; with cc and bcc at least one.
     * @param bcc who gets it and is not named.
     * @param subject one line; may be empty.
     * @param fields other header fields, by name; no name that a mail has anyway.
     */
    record Heading(
            Named from,
            List<Named> to,
            List<Named> cc,
            List<Named> bcc,
            List<Named> replyTo,
            String subject,
            Map<String, String> fields) {
        private static final Pattern NAME = Pattern.compile("[!-9;-~]{1,76}");
        /** What we write ourselves, and what only a transfer agent may write. */
        private static final Set<String> OURS = Set.of(
                "from",
                "to",
                "cc",
                "bcc",
                "reply-to",
                "subject",
                "date",
                "message-id",
                "mime-version",
                "sender",
                "received",
                "return-path",
                "delivered-to");

        /** Checks what becomes header fields. */
        Heading checked() throws InvalidSubmissionException {
            Addresses.requireOneLine(subject, "subject");
            if (fields.size() > MAX_FIELDS) {
                throw InvalidSubmissionException.tooLarge(fields.size() + " headers (expected: <= " + MAX_FIELDS + ")");
            }
            for (Map.Entry<String, String> field : fields.entrySet()) {
                String name = field.getKey().toLowerCase(Locale.ROOT);
                boolean isOurs = OURS.contains(name) || name.startsWith("content-") || name.startsWith("resent-");
                if (!NAME.matcher(field.getKey()).matches() || isOurs) {
                    throw InvalidSubmissionException.unacceptable("header " + field.getKey()
                            + " (expected: a name of printable ASCII that the mail does not get otherwise)");
                }
                Addresses.requireOneLine(field.getValue(), "header " + field.getKey());
            }
            return this;
        }
    }

    /**
     * What it says.
     *
     * @param text for people; empty if there is none.
     * @param html the same in HTML; empty if there is none.
     * @param attachments files that come with it.
     */
    record Body(Optional<String> text, Optional<String> html, List<Attachment> attachments) {}

    /**
     * A file.
     *
     * @param name what it is called; one line.
     * @param type its media type, such as {@code application/pdf}.
     * @param octets what is in it.
     */
    record Attachment(String name, String type, byte[] octets) {
        private static final Pattern TYPE = Pattern.compile("[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}");

        Attachment checked() throws InvalidSubmissionException {
            Addresses.requireOneLine(name, "the name of an attachment");
            String lower = type.toLowerCase(Locale.ROOT);
            // Whatever holds other parts must not be encoded as a whole (RFC 2045 §6.4).
            boolean isWhole = !lower.startsWith("multipart/") && !lower.startsWith("message/");
            if (!TYPE.matcher(lower).matches() || !isWhole || name.isBlank()) {
                throw InvalidSubmissionException.unacceptable(
                        "attachment " + name + " of type " + type + " (expected: a name, and such as application/pdf)");
            }
            return this;
        }
    }

    GivenEnvelope.Parties parties(SourceLimits limits) throws InvalidSubmissionException {
        List<ForwardPath> recipients = new ArrayList<>();
        for (List<Named> list : List.of(heading.to(), heading.cc(), heading.bcc())) {
            list.forEach(named -> recipients.add(new ForwardPath(named.mailbox())));
        }
        ReversePath from =
                returnPath.orElseGet(() -> ReversePath.of(heading.from().mailbox()));
        return new GivenEnvelope.Parties(from, recipients).within(limits);
    }
}
