package dev.caravan.camel;

import dev.caravan.camel.NamedSubmissions.End;
import dev.caravan.camel.NamedSubmissions.Name;
import dev.caravan.camel.NamedSubmissions.Opened;
import dev.caravan.camel.NamedSubmissions.Target;
import dev.caravan.source.Handed;
import dev.caravan.source.Labelled;
import dev.caravan.source.MailboxEnvelope;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.component.mail.MailConsumer;
import org.apache.camel.component.mail.MailMessage;

/**
 * Takes the mail of a mailbox, octet by octet as the mailbox has it. When this returns, the mailbox may forget the mail;
 * when it throws, the mail stays and comes again.
 */
public final class FetchedMail {
    private final NamedSubmissions submissions;
    private final MailboxEnvelope envelope;
    private final String mailbox;
    private final Limits limits;

    /**
     * How much is fetched, and where to.
     *
     * @param mail octets of one mail; larger ones stay where they are.
     * @param setAside octets of what is no mail and goes into a queue.
     * @param file holds the mail that is being fetched, one at a time: what a killed server left of it is overwritten.
     */
    record Limits(long mail, long setAside, Path file) {}

    /** @param mailbox a name for it, the same over all starts. */
    FetchedMail(NamedSubmissions submissions, MailboxEnvelope envelope, String mailbox, Limits limits) {
        this.submissions = submissions;
        this.envelope = envelope;
        this.mailbox = mailbox;
        this.limits = limits;
    }

    /**
     * Takes one mail.
     *
     * @param route where it is handed in: {@code direct:submit}.
     * @throws IOException if it cannot be fetched or kept now.
     * @throws MessagingException if the mailbox is in trouble.
     */
    public void submitTo(@Argument(ArgumentForm.ROUTE) String route, Exchange exchange)
            throws IOException, MessagingException {
        Message mail = exchange.getIn(MailMessage.class).getOriginalMessage();
        String uid = exchange.getProperty(MailConsumer.MAIL_MESSAGE_UID, String.class);
        if (mail.getSize() > limits.mail()) {
            throw stays(uid, mail.getSize() + " octets (expected: <= " + limits.mail() + ")");
        }
        Optional<String> returnPath = first(mail, "Return-Path");
        Optional<String> recipient =
                envelope.toField().isPresent() ? first(mail, envelope.toField().get()) : Optional.empty();
        // A mail of any size is not held in memory for it.
        Path file = limits.file();
        try {
            MessageDigest digest = SubmissionMark.sha256();
            try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
                mail.writeTo(out);
            }
            // There are servers that give the same name to another mail later.
            String text = mailbox + "\n" + uid + "\n" + SubmissionMark.hex(digest.digest());
            try (InputStream in = Files.newInputStream(file)) {
                Name name = new Name("mailbox", text);
                End end = submissions.submit(
                        new Target(exchange.getContext(), route),
                        name,
                        "MAILBOX",
                        () -> Opened.of(new Handed.Whole(in, envelope.given(returnPath, recipient))));
                requireTaken(name, uid, file, end);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static Optional<String> first(Message mail, String field) throws MessagingException {
        String[] fields = mail.getHeader(field);
        return fields == null || fields.length == 0 ? Optional.empty() : Optional.of(fields[0].strip());
    }

    private void requireTaken(Name name, String uid, Path file, End end) throws IOException {
        if (end instanceof End.Taken) {
            return;
        }
        if (end instanceof End.Refused refused && Files.size(file) <= limits.setAside()) {
            Map<String, String> beside = Map.of("source", "mailbox " + mailbox, "contentType", Labelled.MAIL);
            End aside = submissions.setAside(name, Files.readAllBytes(file), beside, refused.reason());
            if (aside instanceof End.Refused) {
                return;
            }
        }
        throw stays(uid, end.toString());
    }

    private static Stopping.MailStaysException stays(String uid, String why) {
        return new Stopping.MailStaysException("mail " + uid.replace('\n', ' ') + " stays in the mailbox: " + why);
    }
}
