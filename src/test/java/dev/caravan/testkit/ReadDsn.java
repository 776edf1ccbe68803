package dev.caravan.testkit;

import jakarta.mail.Session;
import jakarta.mail.internet.InternetHeaders;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeUtility;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.eclipse.angus.mail.dsn.DeliveryStatus;
import org.eclipse.angus.mail.dsn.MultipartReport;

/**
 * A delivery status notification, as a program reads it that nobody here wrote.
 *
 * @param header of the notification itself.
 * @param text the part for people.
 * @param mail the fields about the mail.
 * @param recipients the fields about each recipient.
 * @param returned the third part, whole.
 */
public record ReadDsn(
        InternetHeaders header, String text, InternetHeaders mail, List<InternetHeaders> recipients, String returned) {
    /** Reads a mail of which each character is an octet. */
    public static ReadDsn of(String octets) {
        try {
            byte[] bytes = octets.getBytes(StandardCharsets.ISO_8859_1);
            MimeMessage message =
                    new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(bytes));
            MultipartReport report = (MultipartReport) message.getContent();
            DeliveryStatus status = (DeliveryStatus) report.getReport();
            List<InternetHeaders> recipients = new ArrayList<>();
            for (int i = 0; i < status.getRecipientDSNCount(); i++) {
                recipients.add(status.getRecipientDSN(i));
            }
            String returned =
                    new String(report.getBodyPart(2).getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return new ReadDsn(
                    new InternetHeaders(new ByteArrayInputStream(bytes)),
                    report.getText(),
                    status.getMessageDSN(),
                    recipients,
                    returned);
        } catch (Exception e) {
            throw new AssertionError("not a notification: " + octets, e);
        }
    }

    /** A field of the first recipient, unfolded; empty if it is not there. */
    public String field(String name) {
        return text(recipients.get(0), name);
    }

    /** A field about the mail, unfolded; empty if it is not there. */
    public String mailField(String name) {
        return text(mail, name);
    }

    private static String text(InternetHeaders headers, String name) {
        String[] values = headers.getHeader(name);
        if (values == null) {
            return "";
        }
        if (values.length > 1) {
            throw new AssertionError(name + " is there " + values.length + " times");
        }
        return MimeUtility.unfold(values[0]);
    }
}
