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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.component.mail.MailConsumer;
import org.apache.camel.component.mail.MailMessage;
import org.eclipse.angus.mail.imap.IMAPFolder;
import org.eclipse.angus.mail.pop3.POP3Folder;

/**
 * Submits the messages of a mailbox with unchanged octets. Reads each message to its end first, a large one into a file, so
 * that an incomplete message is never submitted.
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
     * @param file holds the one large message that is being fetched; overwritten by the next, also after a crash.
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
    SubmissionResult take(Target target, String uid, Reader reader)
            throws UnreadableMessageException, MessagingException, IOException {
        Begun begun = begin(target, uid, reader);
        return begun.end(begun.later().toCompletableFuture().join());
    }

    /**
     * The same without waiting for the commit, if the message is small; when this returns, the message was read.
     */
    synchronized Begun begin(Target target, String uid, Reader reader)
            throws UnreadableMessageException, MessagingException, IOException {
        MessageDigest digest = IdempotencyRecord.sha256();
        Fetched fetched = new Fetched(limits.file());
        try {
            try (OutputStream out = new BufferedOutputStream(new DigestOutputStream(fetched, digest))) {
                reader.readTo(out);
            }
            // Some mailbox servers use the same name for a different message later.
            Name name = new Name("mailbox", mailbox + "\n" + uid + "\n" + IdempotencyRecord.hex(digest.digest()));
            HeaderSection header = HeaderSection.of(fetched.content());
            Optional<String> returnPath = header.first("Return-Path");
            Optional<String> recipient = envelope.toField().flatMap(header::first);
            CompletionStage<SubmissionResult> later;
            try (InputStream in = fetched.content().open()) {
                later = submissions.submitLater(
                        target,
                        name,
                        "MAILBOX",
                        () -> OpenedSubmission.of(new SubmittedForm.Whole(in, envelope.given(returnPath, recipient))));
            }
            Begun begun = new Begun(later, result -> end(name, fetched, result));
            if (fetched.isInMemory()) {
                return begun;
            }
            SubmissionResult ended = begun.end(later.toCompletableFuture().join());
            return new Begun(CompletableFuture.completedFuture(ended), result -> result);
        } finally {
            fetched.delete();
        }
    }

    /** A submission whose message was read. */
    static final class Begun {
        private final CompletionStage<SubmissionResult> later;
        private final End end;

        private interface End {
            SubmissionResult of(SubmissionResult result) throws UnreadableMessageException, IOException;
        }

        private Begun(CompletionStage<SubmissionResult> later, End end) {
            this.later = later;
            this.end = end;
        }

        /** Completes with the result of the submission. */
        CompletionStage<SubmissionResult> later() {
            return later;
        }

        /**
         * Puts a message that can never be sent into {@code mail.submit.invalid}; may block.
         *
         * @param result that of {@link #later}.
         */
        SubmissionResult end(SubmissionResult result) throws UnreadableMessageException, IOException {
            return end.of(result);
        }
    }

    private SubmissionResult end(Name name, Fetched fetched, SubmissionResult result)
            throws UnreadableMessageException, IOException {
        if (!(result instanceof SubmissionResult.Rejected rejected)) {
            return result;
        }
        Content content = fetched.content();
        if (content.size() > limits.setAside()) {
            throw UnreadableMessageException.lasting(rejected.reason());
        }
        Map<String, String> beside = Map.of("source", "mailbox " + mailbox, "contentType", AnnotatedPayload.MAIL);
        try (InputStream in = content.open()) {
            return submissions.setAside(name, in.readAllBytes(), beside, rejected.reason());
        }
    }

    /** The octets of a message: in memory while they are few, else in a file. */
    private static final class Fetched extends OutputStream {
        private static final int MOST_IN_MEMORY = 64 * 1024;

        private final Path path;
        private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
        private Optional<OutputStream> file = Optional.empty();

        Fetched(Path path) {
            this.path = path;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int from, int count) throws IOException {
            if (file.isEmpty() && memory.size() + count > MOST_IN_MEMORY) {
                OutputStream opened = Files.newOutputStream(path);
                file = Optional.of(opened);
                memory.writeTo(opened);
                memory.reset();
            }
            if (file.isPresent()) {
                file.get().write(octets, from, count);
            } else {
                memory.write(octets, from, count);
            }
        }

        @Override
        public void close() throws IOException {
            if (file.isPresent()) {
                file.get().close();
            }
        }

        boolean isInMemory() {
            return file.isEmpty();
        }

        Content content() throws IOException {
            return isInMemory()
                    ? new Content.InMemory(memory.toByteArray())
                    : new Content.InFile(path, Files.size(path));
        }

        void delete() throws IOException {
            close();
            if (!isInMemory()) {
                Files.deleteIfExists(path);
            }
        }
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
