package dev.caravan.source.mailbox;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.LeaveInQueueException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderSection;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IdempotentSubmitter.Name;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.mailbox.OpenMailbox.Entry;
import dev.caravan.source.mailbox.OpenMailbox.Reading;
import dev.caravan.source.message.AnnotatedPayload;
import dev.caravan.source.message.MailboxEnvelope;
import dev.caravan.source.message.SubmittedForm;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import java.io.BufferedOutputStream;
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
import org.eclipse.angus.mail.imap.IMAPFolder;
import org.eclipse.angus.mail.pop3.POP3Folder;

/**
 * Submits the messages of a mailbox with unchanged octets. Reads each message into a file first, so that an incomplete
 * message is never submitted.
 */
public final class MailboxSubmitter implements BlockingStep {
    private final IdempotentSubmitter submissions;
    private final MailboxEnvelope envelope;
    private final String mailbox;
    private final Limits limits;

    /**
     * How messages are fetched, and where to.
     *
     * @param reading how messages are read.
     * @param setAside the maximum octets of an invalid message that is put into a queue.
     * @param file holds the one message that is being fetched; overwritten by the next, also after a crash.
     */
    public record Limits(Reading reading, long setAside, Path file) {}

    /** @param mailbox the name of the mailbox, the same across restarts. */
    public MailboxSubmitter(IdempotentSubmitter submissions, MailboxEnvelope envelope, String mailbox, Limits limits) {
        this.submissions = submissions;
        this.envelope = envelope;
        this.mailbox = mailbox;
        this.limits = limits;
    }

    /** Writes the octets of a whole message, or throws. */
    interface Reader {
        void readTo(OutputStream out) throws UnreadableMessageException, MessagingException, IOException;
    }

    /**
     * Reads a message and submits it, unless it was submitted before. A message that can never be sent is put into
     * {@code mail.submit.invalid}. Waits while another thread does so, as both use the same file.
     *
     * @param uid the mailbox server's name for the message.
     * @return {@code Taken} or {@code Rejected} if the message may be removed from the mailbox.
     * @throws UnreadableMessageException if it did not arrive completely or cannot be set aside; it stays in the
     *     mailbox.
     * @throws MessagingException if the connection is lost.
     * @throws IOException if this server cannot store it now.
     */
    synchronized SubmissionResult take(Target target, String uid, Reader reader)
            throws UnreadableMessageException, MessagingException, IOException {
        Path file = limits.file();
        try {
            return takeThrough(file, target, uid, reader);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private SubmissionResult takeThrough(Path file, Target target, String uid, Reader reader)
            throws UnreadableMessageException, MessagingException, IOException {
        MessageDigest digest = IdempotencyRecord.sha256();
        try (OutputStream out = new BufferedOutputStream(new DigestOutputStream(Files.newOutputStream(file), digest))) {
            reader.readTo(out);
        }
        HeaderSection header = HeaderSection.of(new Content.InFile(file, Files.size(file)));
        Optional<String> returnPath = header.first("Return-Path");
        Optional<String> recipient = envelope.toField().flatMap(header::first);
        // Some mailbox servers use the same name for a different message later.
        String text = mailbox + "\n" + uid + "\n" + IdempotencyRecord.hex(digest.digest());
        try (InputStream in = Files.newInputStream(file)) {
            Name name = new Name("mailbox", text);
            SubmissionResult result = submissions.submit(
                    target,
                    name,
                    "MAILBOX",
                    () -> OpenedSubmission.of(new SubmittedForm.Whole(in, envelope.given(returnPath, recipient))));
            return result instanceof SubmissionResult.Rejected rejected ? setAside(name, file, rejected) : result;
        }
    }

    private SubmissionResult setAside(Name name, Path file, SubmissionResult.Rejected rejected)
            throws UnreadableMessageException, IOException {
        long octets = Files.size(file);
        if (octets > limits.setAside()) {
            throw UnreadableMessageException.lasting(rejected.reason());
        }
        Map<String, String> beside = Map.of("source", "mailbox " + mailbox, "contentType", AnnotatedPayload.MAIL);
        return submissions.setAside(name, Files.readAllBytes(file), beside, rejected.reason());
    }

    /**
     * Submits one message of camel-mail, for routes from its endpoints.
     *
     * @param route the endpoint that submits it: {@code direct:submit}.
     * @throws IOException if it cannot be stored now.
     * @throws MessagingException if the mailbox server fails.
     */
    public void submitTo(@Argument(ArgumentForm.ROUTE) String route, Exchange exchange)
            throws IOException, MessagingException {
        Message message =
                MailExchange.of(exchange).requireMessage(MailMessage.class).getOriginalMessage();
        String uid = Optional.ofNullable(exchange.getProperty(MailConsumer.MAIL_MESSAGE_UID, String.class))
                .orElseThrow(() -> new IllegalStateException("the mailbox message has no name (expected: a UID)"));
        try {
            take(new Target(exchange.getContext(), route), uid, out -> read(message, uid, out))
                    .requireFinal(stays(uid));
        } catch (UnreadableMessageException e) {
            throw new LeaveInQueueException(stays(uid) + ": " + e.getMessage());
        }
    }

    private void read(Message message, String uid, OutputStream out)
            throws UnreadableMessageException, MessagingException, IOException {
        if (message.getFolder() instanceof IMAPFolder folder) {
            new ImapMailbox(folder, true, limits.reading()).read(new Entry(uid, folder.getUID(message), false), out);
        } else if (message.getFolder() instanceof POP3Folder folder) {
            new Pop3Mailbox(folder, limits.reading()).read(new Entry(uid, message.getMessageNumber(), false), out);
        } else {
            throw new MessagingException("a folder of another kind (expected: IMAP or POP3)");
        }
    }

    private static String stays(String uid) {
        return "message " + uid.replace('\n', ' ') + " stays in the mailbox";
    }
}
