package dev.caravan.source;

import dev.caravan.source.Addresses.Named;
import jakarta.activation.DataHandler;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Part;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimePart;
import jakarta.mail.internet.MimeUtility;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UnsupportedEncodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * Writes a letter as a MIME mail of seven bits (RFC 2045 §6): text as quoted-printable, files as base64, what is not
 * ASCII in header fields as encoded words. Blind recipients are not written.
 */
final class LetterWriter {
    private static final String CHARSET = "UTF-8";

    private LetterWriter() {}

    /** A mail that keeps the id it was given. */
    private static final class Stamped extends MimeMessage {
        private final Stamp stamp;

        Stamped(Stamp stamp) {
            super(Session.getInstance(new Properties()));
            this.stamp = stamp;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", "<" + stamp.messageId() + ">");
        }
    }

    /**
     * Writes a letter.
     *
     * @param out where it goes; not closed.
     * @throws IOException if it cannot be written.
     */
    static void write(Letter letter, Stamp stamp, OutputStream out) throws IOException {
        try {
            Stamped mail = new Stamped(stamp);
            Letter.Heading heading = letter.heading();
            mail.setHeader("Date", stamp.dateText());
            mail.setFrom(address(heading.from()));
            mail.setRecipients(RecipientType.TO, addresses(heading.to()));
            mail.setRecipients(RecipientType.CC, addresses(heading.cc()));
            if (!heading.replyTo().isEmpty()) {
                mail.setReplyTo(addresses(heading.replyTo()));
            }
            mail.setSubject(heading.subject(), CHARSET);
            for (Map.Entry<String, String> field : heading.fields().entrySet()) {
                String value = MimeUtility.encodeText(field.getValue(), CHARSET, null);
                mail.setHeader(field.getKey(), MimeUtility.fold(field.getKey().length() + 2, value));
            }
            fill(mail, letter.body());
            mail.saveChanges();
            mail.writeTo(out);
        } catch (MessagingException e) {
            // Nothing in it waits for anybody: all parts are in memory.
            throw new IOException("the mail cannot be made: " + e.getMessage(), e);
        }
    }

    private static void fill(MimePart mail, Letter.Body body) throws MessagingException {
        if (body.attachments().isEmpty()) {
            say(mail, body);
            return;
        }
        MimeMultipart mixed = new MimeMultipart("mixed");
        MimeBodyPart said = new MimeBodyPart();
        say(said, body);
        mixed.addBodyPart(said);
        for (Letter.Attachment attachment : body.attachments()) {
            mixed.addBodyPart(file(attachment));
        }
        mail.setContent(mixed);
    }

    private static void say(MimePart part, Letter.Body body) throws MessagingException {
        Optional<String> html = body.html();
        if (html.isPresent() && body.text().isPresent()) {
            MimeMultipart alternative = new MimeMultipart("alternative");
            alternative.addBodyPart(text(new MimeBodyPart(), body.text().get(), "plain"));
            alternative.addBodyPart(text(new MimeBodyPart(), html.get(), "html"));
            part.setContent(alternative);
        } else {
            text(part, html.or(body::text).orElse(""), html.isPresent() ? "html" : "plain");
        }
    }

    private static <P extends MimePart> P text(P part, String text, String subtype) throws MessagingException {
        part.setText(text.replaceAll("\\r\\n|\\r|\\n", "\r\n"), CHARSET, subtype);
        // Carries everything: long lines, lines of a single dot, controls.
        part.setHeader("Content-Transfer-Encoding", "quoted-printable");
        return part;
    }

    private static MimeBodyPart file(Letter.Attachment attachment) throws MessagingException {
        MimeBodyPart part = new MimeBodyPart();
        part.setDataHandler(new DataHandler(new ByteArrayDataSource(attachment.octets(), attachment.type())));
        part.setFileName(attachment.name());
        part.setDisposition(Part.ATTACHMENT);
        part.setHeader("Content-Transfer-Encoding", "base64");
        return part;
    }

    private static InternetAddress[] addresses(List<Named> named) throws UnsupportedEncodingException {
        List<InternetAddress> addresses = new ArrayList<>(named.size());
        for (Named one : named) {
            addresses.add(address(one));
        }
        return addresses.toArray(new InternetAddress[0]);
    }

    private static InternetAddress address(Named named) throws UnsupportedEncodingException {
        String name = named.name();
        return name.isEmpty()
                ? new InternetAddress(named.mailbox().toString(), null, CHARSET)
                : new InternetAddress(named.mailbox().toString(), name, CHARSET);
    }
}
