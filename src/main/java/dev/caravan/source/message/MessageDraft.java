package dev.caravan.source.message;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.ReversePath;
import dev.caravan.source.message.Addresses.Named;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A message before it is written as MIME. Its parts are in a {@link PartStore}.
 *
 * @param heading the header.
 * @param body the texts and files.
 * @param returnPath where reports go; empty for the author.
 * @param dsnOptions the DSN options of the sender.
 */
record MessageDraft(Heading heading, Body body, Optional<ReversePath> returnPath, DsnOptions dsnOptions) {
    static final int MAX_FIELDS = 100;

    /**
     * The header of the message.
     *
     * @param from the author.
     * @param to the visible recipients; at least one together with cc and bcc.
     * @param bcc the hidden recipients.
     * @param subject one line; may be empty.
     * @param messageId the Message-ID that the program chose, without angle brackets; empty to generate one.
     * @param fields other header fields, by name; none that the server writes itself.
     */
    record Heading(
            Named from,
            List<Named> to,
            List<Named> cc,
            List<Named> bcc,
            List<Named> replyTo,
            String subject,
            Optional<String> messageId,
            Map<String, String> fields) {
        private static final Pattern NAME = Pattern.compile("[!-9;-~]{1,76}");
        /** The form that every server accepts: two parts with an at sign between (RFC 5322 §3.6.4). */
        private static final Pattern MESSAGE_ID = Pattern.compile("<?([!-;=?-~]{1,150}@[!-;=?A-~]{1,100})>?");

        /** The fields that the server writes itself, and those that only a transfer agent may write. */
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

        /** Whether an address that is written into the header is not ASCII (RFC 6532 §3.2). */
        boolean isUtf8() {
            return Stream.of(List.of(from), to, cc, replyTo)
                    .flatMap(List::stream)
                    .anyMatch(named -> named.mailbox().ascii().isEmpty());
        }

        /** Checks the values that become header fields. */
        Heading checked() throws InvalidSubmissionException {
            Addresses.requireOneLine(subject, "subject");
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

        /** A Message-ID without its angle brackets. */
        static String messageId(String text) throws InvalidSubmissionException {
            var matcher = MESSAGE_ID.matcher(text.strip());
            if (!matcher.matches()
                    || text.strip().startsWith("<") != text.strip().endsWith(">")) {
                throw InvalidSubmissionException.unacceptable(
                        "messageId " + text + " (expected: such as <order-4711@shop.example>, printable ASCII)");
            }
            return matcher.group(1);
        }
    }

    /**
     * Octets in a {@link PartStore}.
     *
     * @param from the offset of the first octet.
     * @param size the number of octets.
     */
    record Part(long from, long size) {}

    /**
     * The texts and files of a message.
     *
     * @param text plain text in UTF-8; empty if there is none.
     * @param html the same in HTML; empty if there is none.
     * @param attachments files that come with it.
     */
    record Body(Optional<Part> text, Optional<Part> html, List<Attachment> attachments) {
        Body {
            attachments = List.copyOf(attachments);
        }

        /** Checks what concerns all attachments together. */
        Body checked() throws InvalidSubmissionException {
            Set<String> ids = new HashSet<>();
            for (Attachment attachment : attachments) {
                if (attachment.contentId().isPresent()
                        && !ids.add(attachment.contentId().get())) {
                    throw InvalidSubmissionException.unacceptable("contentId "
                            + attachment.contentId().get() + " twice (expected: another one for each attachment)");
                }
            }
            return this;
        }

        /** Whether any unencoded octet is above 127. */
        boolean isEightBit() {
            return attachments.stream().anyMatch(Attachment::isEightBit);
        }

        /** The attachments that the HTML refers to. */
        List<Attachment> inline() {
            return html.isEmpty()
                    ? List.of()
                    : attachments.stream()
                            .filter(file -> file.contentId().isPresent())
                            .toList();
        }

        /** The other attachments. */
        List<Attachment> files() {
            List<Attachment> files = new ArrayList<>(attachments);
            files.removeAll(inline());
            return files;
        }
    }

    /**
     * The properties of octets, recorded while they were read.
     *
     * @param eightBit whether one is above 127.
     * @param bareReturn whether there is a CR within a line.
     * @param longestLine octets of the longest line, without its end.
     */
    record Look(boolean eightBit, boolean bareReturn, long longestLine) {}

    /**
     * A file.
     *
     * @param name its name; one line, empty if it has none.
     * @param type its media type.
     * @param contentId the id by which the HTML refers to it, without angle brackets.
     * @param octets its content.
     * @param look the properties of its content.
     */
    record Attachment(String name, MediaType type, Optional<String> contentId, Part octets, Look look) {
        /** The longest file name in characters. */
        static final int LONGEST_NAME = 1000;

        private static final Pattern CONTENT_ID = Pattern.compile("<?([!#-;=?-~]{1,200})>?");

        Attachment checked(SourceLimits limits) throws InvalidSubmissionException {
            Addresses.requireOneLine(name, "the name of an attachment");
            boolean isBlank = !name.isEmpty() && name.isBlank();
            if (isBlank || name.length() > LONGEST_NAME) {
                throw InvalidSubmissionException.unacceptable("attachment with a name of "
                        + name.strip().length() + " characters (expected: 1 to " + LONGEST_NAME + ")");
            }
            if (type.isMessage() && look.bareReturn()) {
                throw InvalidSubmissionException.unacceptable("attachment " + name
                        + ": a carriage return within a line (expected: lines end with LF or CRLF)");
            }
            if (type.isMessage() && look.longestLine() > limits.line() + 1L) {
                throw InvalidSubmissionException.tooLarge(
                        "attachment " + name + ": a line of more than " + limits.line() + " octets");
            }
            return this;
        }

        static String contentId(String text) throws InvalidSubmissionException {
            var matcher = CONTENT_ID.matcher(text.strip());
            if (!matcher.matches()) {
                throw InvalidSubmissionException.unacceptable("contentId " + text
                        + " (expected: 1 to 200 characters of printable ASCII without spaces, as in cid:logo)");
            }
            return matcher.group(1);
        }

        boolean isEightBit() {
            return type.isMessage() && look.eightBit();
        }
    }

    EnvelopeOverride.Parties parties(SourceLimits limits) throws InvalidSubmissionException {
        List<ForwardPath> recipients = new ArrayList<>();
        for (List<Named> list : List.of(heading.to(), heading.cc(), heading.bcc())) {
            list.forEach(named -> recipients.add(new ForwardPath(named.mailbox())));
        }
        ReversePath from =
                returnPath.orElseGet(() -> ReversePath.of(heading.from().mailbox()));
        return new EnvelopeOverride.Parties(from, recipients).within(limits);
    }
}
