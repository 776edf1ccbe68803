package dev.caravan.steps;

import dev.caravan.config.ServerHome;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.mime.Footer;
import dev.caravan.mime.FooterWriter;
import dev.caravan.mime.FooterWriter.Result;
import dev.caravan.queue.ContentEdit;
import dev.caravan.queue.Spool;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds a footer to the message: {@code bean: {ref: footer, method: "add('a.example', 'footer.txt', 'footer.html')"}}.
 */
public final class FooterStep implements BlockingStep {
    /** Larger messages are not changed: they would be in memory several times. */
    static final long MAX_OCTETS = 10L * 1024 * 1024;

    /** The number of copies of a message in memory while a footer is written. */
    private static final long COPIES = 5;

    private static final Logger LOG = LoggerFactory.getLogger(FooterStep.class);

    private final ServerHome home;
    private final Spool spool;
    private final MemoryShare memory;

    /** @param memory from which the memory for a message is taken. */
    public FooterStep(ServerHome home, Spool spool, MemoryShare memory) {
        this.memory = memory;
        this.home = home;
        this.spool = spool;
    }

    /**
     * A message that cannot be changed safely is not changed, and the log says why. Messages of other senders are not
     * changed either.
     *
     * @param domain the domain of the reverse-path of the messages that get the footer.
     * @param plain a file, relative to the home, for plain text; UTF-8, read each time, so that it can be changed.
     * @param html the same for HTML.
     * @throws IllegalStateException if a file cannot be read; the message is then deferred.
     * @throws IOException if the disk refuses, or the memory is in use; likewise.
     */
    public void add(
            @Argument(ArgumentForm.DOMAIN) String domain,
            @Argument(ArgumentForm.FILE) String plain,
            @Argument(ArgumentForm.FILE) String html,
            Exchange exchange)
            throws IOException {
        MailObject mail = MailExchange.of(exchange).message();
        Domain wanted = new Domain(domain);
        if (mail.envelope()
                .reversePath()
                .mailbox()
                .filter(mailbox -> mailbox.domain().equals(wanted))
                .isEmpty()) {
            return;
        }
        Footer footer = new Footer(text(plain), text(html));
        Result result = result(mail.content(), footer);
        if (result instanceof Result.Written written) {
            MailExchange.of(exchange).replaceContent(new ContentEdit(spool).of(written.octets()), spool);
        } else if (result instanceof Result.Untouched untouched) {
            LOG.info("{} gets no footer: {}", mail.id(), untouched.reason());
        }
    }

    private Result result(Content content, Footer footer) throws IOException {
        long most = Math.min(MAX_OCTETS, memory.limit() / COPIES);
        if (content.size() > most) {
            return new Result.Untouched("it is larger than " + most + " octets");
        }
        try (MemoryLease lease = memory.lease()) {
            lease.take(COPIES * content.size());
            return new FooterWriter(footer).write(octets(content));
        }
    }

    private String text(String file) {
        try {
            return Files.readString(home.resolve(file));
        } catch (IOException e) {
            // Not as an I/O error, for which clients would get 452.
            throw new IllegalStateException("cannot read " + file + " (expected: a text in UTF-8): " + e);
        }
    }

    private static byte[] octets(Content content) throws IOException {
        try (InputStream in = content.open()) {
            return in.readAllBytes();
        }
    }
}
