package dev.caravan.submit;

import dev.caravan.auth.Identity;
import dev.caravan.auth.SenderRights;
import dev.caravan.mail.Domain;
import dev.caravan.mail.HeaderField;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a server for submission does to the header of a message (RFC 6409 §6.1, §8). It adds Date, Message-ID and From
 * where they are missing, removes Bcc, gives addresses a domain, and makes sure that the author is the user. A header
 * with a DKIM or ARC signature keeps its addresses; fields are added to it, and Bcc is removed. All other fields stay
 * octet by octet. Pure.
 */
final class SubmittedHeader {
    private static final Set<String> BLIND = Set.of("bcc", "resent-bcc");
    private static final Set<String> ADDRESSES = Set.of(
            "from",
            "sender",
            "reply-to",
            "to",
            "cc",
            "resent-from",
            "resent-sender",
            "resent-reply-to",
            "resent-to",
            "resent-cc");
    private static final Set<String> SIGNATURES = Set.of("dkim-signature", "arc-seal", "domainkey-signature");
    private static final String FROM = "from";
    private static final String SENDER = "sender";
    private static final String RESENT = "resent-";
    /** A line that begins a field; others make the whole text a body. */
    private static final Pattern FIELD = Pattern.compile("[!-9;-~]+[ \\t]*:.*", Pattern.DOTALL);

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

    private final List<Field> fields = new ArrayList<>();
    private final boolean isSigned;
    private final boolean isHeader;

    /**
     * What is known of the message besides its header.
     *
     * @param sender the reverse-path.
     * @param identity the user; empty if the client has not authenticated: then the author is not checked.
     * @param rights as whom a user may send.
     * @param check what happens if the user may not send as the author.
     * @param host the domain for addresses without one, and for the message id.
     * @param id for the message id.
     * @param at for the date.
     */
    record Submission(
            ReversePath sender,
            Optional<Identity> identity,
            SenderRights rights,
            FromCheck check,
            Domain host,
            String id,
            Instant at) {}

    /** The result. */
    sealed interface Result {
        /** Nothing has to be changed. */
        record Unchanged() implements Result {}

        /**
         * The header is replaced.
         *
         * @param header the whole header, without the empty line that ends it.
         * @param changes for people: what was changed.
         */
        record Changed(byte[] header, List<String> changes) implements Result {}

        /** The message is refused. */
        record Refused(Reply reply) implements Result {}
    }

    /**
     * One field.
     *
     * @param key its name in lower case.
     * @param text the whole field with its line end; each octet one character.
     */
    private record Field(String key, String text) {
        int bodyBegin() {
            return text.indexOf(':') + 1;
        }

        String body() {
            return text.substring(bodyBegin());
        }

        Field withBody(String body) {
            return new Field(key, text.substring(0, bodyBegin()) + body);
        }
    }

    private SubmittedHeader(HeaderSection header) {
        String text = new String(header.octets(), StandardCharsets.ISO_8859_1);
        this.isHeader = text.isEmpty() || FIELD.matcher(firstLine(text)).matches();
        if (isHeader) {
            split(text);
        }
        this.isSigned = fields.stream().anyMatch(field -> SIGNATURES.contains(field.key()));
    }

    /** The result for a header. */
    static Result of(HeaderSection header, Submission submission) {
        return new SubmittedHeader(header).result(submission, header);
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private void split(String text) {
        int begin = 0;
        while (begin < text.length()) {
            int end = lineEnd(text, begin);
            while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
                end = lineEnd(text, end);
            }
            String field = text.substring(begin, end);
            int colon = field.indexOf(':');
            String key = colon < 0 ? "" : field.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            fields.add(new Field(key, field));
            begin = end;
        }
    }

    private static int lineEnd(String text, int from) {
        int end = text.indexOf('\n', from);
        return end < 0 ? text.length() : end + 1;
    }

    private Result result(Submission submission, HeaderSection header) {
        List<String> changes = new ArrayList<>();
        List<HeaderField> added = new ArrayList<>();
        List<Field> kept = kept(submission, changes);
        addMissing(submission, added);
        if (submission.check() != FromCheck.OFF && submission.identity().isPresent()) {
            Optional<Reply> refusal =
                    checkAuthor(submission, submission.identity().get(), kept, added, changes);
            if (refusal.isPresent()) {
                return new Result.Refused(refusal.get());
            }
        }
        added.forEach(field -> changes.add("added " + field.name()));
        return changes.isEmpty()
                ? new Result.Unchanged()
                : new Result.Changed(octets(added, kept, header), List.copyOf(changes));
    }

    private List<Field> kept(Submission submission, List<String> changes) {
        List<Field> kept = new ArrayList<>(fields.size());
        for (Field field : fields) {
            if (BLIND.contains(field.key())) {
                changes.add("removed " + field.key());
            } else if (ADDRESSES.contains(field.key()) && !isSigned) {
                String body = field.body();
                String completed = AddressField.of(body, submission.host()).completed();
                if (!completed.equals(body)) {
                    changes.add("completed " + field.key());
                }
                kept.add(completed.equals(body) ? field : field.withBody(completed));
            } else {
                kept.add(field);
            }
        }
        return kept;
    }

    private void addMissing(Submission submission, List<HeaderField> added) {
        if (!has("date")) {
            added.add(new HeaderField(
                    "Date", submission.at().atZone(ZoneOffset.UTC).format(DATE)));
        }
        if (!has(FROM)) {
            author(submission).ifPresent(author -> added.add(new HeaderField("From", author.toString())));
        }
        if (!has("message-id")) {
            added.add(new HeaderField("Message-ID", "<" + submission.id() + "@" + submission.host() + ">"));
        }
    }

    private boolean has(String key) {
        return fields.stream().anyMatch(field -> field.key().equals(key));
    }

    /** The address that the server knows to be the client's: the reverse-path, or the user's own. */
    private static Optional<Mailbox> author(Submission submission) {
        return submission.sender().mailbox().or(() -> submission.identity().flatMap(SubmittedHeader::ownAddress));
    }

    private static Optional<Mailbox> ownAddress(Identity identity) {
        try {
            return Optional.of(Mailbox.parse(identity.user()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Makes sure that the user is the author or the sender. Of a message that was resent, those who resent it last count
     * (RFC 5322 §3.6.6).
     */
    private Optional<Reply> checkAuthor(
            Submission submission, Identity user, List<Field> kept, List<HeaderField> added, List<String> changes) {
        boolean isResent = kept.stream().anyMatch(field -> field.key().equals(RESENT + FROM));
        String from = isResent ? RESENT + FROM : FROM;
        String sender = isResent ? RESENT + SENDER : SENDER;
        List<String> authors = addresses(kept, from, isResent, submission);
        List<String> senders = addresses(kept, sender, isResent, submission);
        boolean isAdded = authors.isEmpty()
                && added.stream().anyMatch(field -> field.name().equals("From"));
        if (isAdded || allOwn(authors, submission, user) || allOwn(senders, submission, user)) {
            return Optional.empty();
        }
        Optional<Mailbox> own = Stream.concat(submission.sender().mailbox().stream(), ownAddress(user).stream())
                .filter(mailbox -> submission.rights().maySendAs(user, mailbox))
                .findFirst();
        if (submission.check() == FromCheck.ADD_SENDER && own.isPresent()) {
            if (kept.removeIf(field -> field.key().equals(sender))) {
                changes.add("removed " + sender);
            }
            added.add(new HeaderField(
                    isResent ? "Resent-Sender" : "Sender", own.get().toString()));
            return Optional.empty();
        }
        return Optional.of(Reply.of(
                        550,
                        "5.7.1",
                        "the author in From is not this user (expected: an address of the user in From or Sender)")
                .because(Reason.POLICY));
    }

    /** The addresses of the first field, or of all. */
    private List<String> addresses(List<Field> kept, String key, boolean onlyFirst, Submission submission) {
        return kept.stream()
                .filter(field -> field.key().equals(key))
                .limit(onlyFirst ? 1 : Long.MAX_VALUE)
                .flatMap(field -> AddressField.of(field.body(), submission.host()).addresses().stream())
                .toList();
    }

    private static boolean allOwn(List<String> addresses, Submission submission, Identity user) {
        return !addresses.isEmpty()
                && addresses.stream().allMatch(address -> isOwn(address, submission.rights(), user));
    }

    private static boolean isOwn(String address, SenderRights rights, Identity user) {
        String utf8 = new String(address.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        try {
            return rights.maySendAs(user, Mailbox.parse(utf8));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private byte[] octets(List<HeaderField> added, List<Field> kept, HeaderSection header) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(header.size() + 512);
        added.forEach(field -> out.writeBytes(field.octets()));
        if (!isHeader) {
            // The text has no header: it begins with its body.
            out.writeBytes(new byte[] {'\r', '\n'});
            out.writeBytes(header.octets());
        }
        kept.forEach(field -> out.writeBytes(field.text().getBytes(StandardCharsets.ISO_8859_1)));
        return out.toByteArray();
    }
}
