package dev.caravan.camel;

import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import dev.caravan.mime.Footer;
import dev.caravan.mime.FooterWriter;
import dev.caravan.mime.FooterWriter.Result;
import dev.caravan.queue.ContentEdit;
import dev.caravan.queue.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a footer into the mail at hand: {@code bean: {ref: footer, method: "add('a.example', 'footer.txt', 'footer.html')"}}. */
public final class FooterStep {
    /** Larger mail is left as it is: it would have to be in memory several times. */
    static final long MAX_OCTETS = 10L * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(FooterStep.class);

    private final Home home;
    private final Spool spool;

    FooterStep(Home home, Spool spool) {
        this.home = home;
        this.spool = spool;
    }

    /**
     * Mail that cannot be changed safely is left as it is, and the log says why. Mail of others is left without a word.
     *
     * @param domain the domain of the reverse-path of the mail that gets it.
     * @param plain a file, relative to the home, for plain text; UTF-8, read each time, so that it can be changed.
     * @param html the same for pages.
     * @throws IllegalStateException if a file cannot be read; then nothing is taken.
     * @throws IOException if the disk refuses; likewise.
     */
    public void add(
            @Argument(ArgumentForm.DOMAIN) String domain,
            @Argument(ArgumentForm.FILE) String plain,
            @Argument(ArgumentForm.FILE) String html,
            Exchange exchange)
            throws IOException {
        MailObject mail = MailAtHand.of(exchange);
        Domain wanted = new Domain(domain);
        if (mail.envelope()
                .reversePath()
                .mailbox()
                .filter(mailbox -> mailbox.domain().equals(wanted))
                .isEmpty()) {
            return;
        }
        Footer footer = new Footer(text(plain), text(html));
        Result result = mail.content().size() > MAX_OCTETS
                ? new Result.Untouched("it is larger than " + MAX_OCTETS + " octets")
                : new FooterWriter(footer).write(octets(mail.content()));
        if (result instanceof Result.Written written) {
            MailAtHand.replace(exchange, new ContentEdit(spool).of(written.octets()), spool);
        } else if (result instanceof Result.Untouched untouched) {
            LOG.info("{} gets no footer: {}", mail.id(), untouched.reason());
        }
    }

    private String text(String file) {
        try {
            return Files.readString(home.own(file));
        } catch (IOException e) {
            // Not as a failure of the disk, for which clients would hear that there is no room.
            throw new IllegalStateException("cannot read " + file + " (expected: a text in UTF-8): " + e);
        }
    }

    private static byte[] octets(Content content) throws IOException {
        try (InputStream in = content.open()) {
            return in.readAllBytes();
        }
    }
}
