package dev.caravan.dsn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.FuzzInput;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Uts46;
import dev.caravan.outcome.Notice;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.Spool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whatever a peer said and whatever the mail holds, a notification has the fields and the three parts that we write,
 * and no others (RFC 3464, RFC 6522).
 */
public final class DsnFuzz {
    private static final MailId ID = new MailId("01K7Q3ZV8GABCDEF");
    private static final Instant NOW = Instant.parse("2026-02-05T10:15:31Z");
    private static final DsnContext FACTS =
            new DsnContext(new Domain("mx.example"), NOW, new MailId("01K8000000DSNDSN"));
    private static final int LONGEST_LINE = 998;
    private static final Set<String> HEADER = Set.of(
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "In-Reply-To",
            "References",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding");
    private static final Set<String> PART = Set.of("Content-Type", "Content-Transfer-Encoding");
    private static final Set<String> PER_MAIL = Set.of("Reporting-MTA", "Original-Envelope-Id", "Arrival-Date");
    private static final Set<String> PER_RECIPIENT = Set.of(
            "Original-Recipient",
            "Final-Recipient",
            "Action",
            "Status",
            "Remote-MTA",
            "Diagnostic-Code",
            "Last-Attempt-Date",
            "Will-Retry-Until");
    private static final Spool SPOOL = spool();

    private DsnFuzz() {}

    private static Spool spool() {
        try {
            return new Spool(Path.of("target", "fuzz-spool"), 1 << 20, 1 << 30);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void run(byte[] octets) {
        FuzzInput input = new FuzzInput(octets);
        Notice.Kind kind = input.pick(List.of(Notice.Kind.values()));
        Notice.To to = input.pick(List.of(Notice.To.values()));
        List<Notice.NotifiedRecipient> told = new ArrayList<>();
        for (int i = 1 + input.below(3); i > 0; i--) {
            told.add(new Notice.NotifiedRecipient(recipient(input), diagnosis(input)));
        }
        Notice notice = new Notice(
                kind,
                item(
                        input,
                        told.stream().map(Notice.NotifiedRecipient::recipient).toList()),
                told,
                to,
                kind == Notice.Kind.DELAYED ? Optional.of(NOW.plusSeconds(60)) : Optional.empty());
        try {
            MailObject dsn = DsnWriter.write(notice, FACTS, SPOOL.newContent());
            check(notice, new String(((Content.InMemory) dsn.content()).octets(), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recipient recipient(FuzzInput input) {
        String address = input.text();
        ForwardPath path = orElse(() -> ForwardPath.of(address), ForwardPath.of("b@example.net"));
        String type = input.flag() ? "rfc822" : input.text();
        String first = input.text();
        return new Recipient(
                path, Notify.DEFAULT, orElse(() -> Optional.of(new OriginalRecipient(type, first)), Optional.empty()));
    }

    private static Diagnosis diagnosis(FuzzInput input) {
        EnhancedStatus status = new EnhancedStatus(input.pick(List.of(2, 4, 5)), input.below(9), input.below(20));
        Optional<String> remote = input.flag() ? Optional.of(input.text()) : Optional.empty();
        return new Diagnosis(status, remote, input.text());
    }

    private static QueueItem item(FuzzInput input, List<Recipient> recipients) {
        String envelopeId = input.text();
        MailParameters parameters = orElse(
                () -> MailParameters.NONE
                        .withReturned(
                                input.flag()
                                        ? Optional.of(input.pick(List.of(MailParameters.Returned.values())))
                                        : Optional.empty())
                        .withEnvelopeId(Optional.of(envelopeId)),
                MailParameters.NONE);
        String sender = input.text();
        Mailbox mailbox = orElse(() -> Mailbox.parse(sender), Mailbox.parse("a@example.org"));
        List<Attempt> log = input.flag() ? List.of(new Attempt(NOW, input.text(), input.text())) : List.of();
        MailObject mail = new MailObject(
                ID,
                new Arrival(NOW.minusSeconds(60), "ESMTP", "client.example", Optional.empty()),
                new Envelope(ReversePath.of(mailbox), recipients, parameters),
                new Content.InMemory(input.rest()));
        return new QueueItem(
                new ItemId(ID, "1"),
                mail,
                new NextHop("smtp", ""),
                new Progress(log.size(), log, Map.of(), Optional.empty()));
    }

    private static <T> T orElse(Supplier<T> wish, T standard) {
        try {
            return wish.get();
        } catch (IllegalArgumentException e) {
            return standard;
        }
    }

    private static void check(Notice notice, String dsn) throws IOException {
        String header = dsn.substring(0, dsn.indexOf("\r\n\r\n") + 2);
        fields(header, HEADER);
        String boundary = header.replaceFirst("(?s).*boundary=\"([^\"]+)\".*", "$1");
        String[] parts = ("\r\n" + dsn).split("\r\n--" + boundary, -1);
        assertEquals(5, parts.length, "parts");
        assertEquals("--\r\n", parts[4]);
        for (int i = 1; i <= 2; i++) {
            assertTrue(parts[i].matches("(?:[\\t -~\\x80-\\xff]*\\r\\n)+[\\t -~\\x80-\\xff]*"), parts[i]);
            for (String line : parts[i].split("\r\n", -1)) {
                assertTrue(line.length() <= LONGEST_LINE, line);
            }
        }
        for (int i = 1; i <= 3; i++) {
            fields(parts[i].substring(2, parts[i].indexOf("\r\n\r\n") + 2), PART);
        }
        String status = body(parts[2]);
        String[] groups = status.split("\r\n\r\n", -1);
        assertEquals(1 + notice.recipients().size(), groups.length, status);
        fields(groups[0] + "\r\n", PER_MAIL);
        for (int i = 1; i < groups.length; i++) {
            // The last ends with the line end that belongs to the boundary.
            List<String> fields = fields(groups[i] + (groups[i].endsWith("\r\n") ? "" : "\r\n"), PER_RECIPIENT);
            Notice.NotifiedRecipient told = notice.recipients().get(i - 1);
            String address = told.recipient().path().address();
            String finalRecipient = Uts46.isAscii(address)
                    ? "Final-Recipient: rfc822; " + address
                    : "Final-Recipient: utf-8; " + latin(Utf8Xtext.encodeUnicode(address));
            assertTrue(fields.contains(unfolded(finalRecipient)), groups[i]);
        }
        returned(notice, body(parts[3]));
    }

    /** The octets of UTF-8, each as one character. */
    private static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static void returned(Notice notice, String part) throws IOException {
        byte[] octets = ((Content.InMemory) notice.item().mail().content()).octets();
        String whole = new String(octets, StandardCharsets.ISO_8859_1);
        String header =
                new String(HeaderSection.of(new Content.InMemory(octets)).octets(), StandardCharsets.ISO_8859_1);
        assertTrue(part.equals(whole) || part.equals(header), "returned another mail");
    }

    private static String body(String part) {
        return part.substring(part.indexOf("\r\n\r\n") + 4);
    }

    /** The unfolded fields of a block; each has one of these names, and none twice. */
    private static List<String> fields(String block, Set<String> names) {
        List<String> fields = new ArrayList<>();
        for (String line : block.split("\r\n")) {
            assertTrue(
                    line.length() <= LONGEST_LINE
                            && line.matches("[\\t -~\\x80-\\xff]*[!-~\\x80-\\xff][\\t -~\\x80-\\xff]*"),
                    line);
            if (line.startsWith(" ") || line.startsWith("\t")) {
                fields.set(fields.size() - 1, fields.get(fields.size() - 1) + line);
            } else {
                fields.add(line);
            }
        }
        Function<String, String> name = field -> field.substring(0, Math.max(field.indexOf(':'), 0));
        assertTrue(names.containsAll(fields.stream().map(name).toList()), block);
        assertEquals(fields.size(), fields.stream().map(name).distinct().count(), block);
        return fields;
    }

    /** As the writer shortens a gap that no line could hold. */
    private static String unfolded(String field) {
        return field.strip().replaceAll(" {64,}", " ");
    }
}
