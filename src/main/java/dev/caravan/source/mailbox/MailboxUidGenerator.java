package dev.caravan.source.mailbox;

import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.UIDFolder;
import org.apache.camel.component.mail.MailEndpoint;
import org.apache.camel.component.mail.MailUidGenerator;
import org.eclipse.angus.mail.pop3.POP3Folder;

/**
 * The mailbox's name for a message: the UID with the UIDVALIDITY of its folder (RFC 3501 §2.3.1.1), or the unique-id of
 * UIDL (RFC 1939 §7). Not the Message-ID, which the author chooses and may use for several messages.
 */
public final class MailboxUidGenerator implements MailUidGenerator {
    @Override
    public String generateUuid(MailEndpoint endpoint, Message message) {
        try {
            return uid(message.getFolder(), message);
        } catch (MessagingException e) {
            throw new IllegalStateException("the mailbox server gives no name for a message: " + e.getMessage(), e);
        }
    }

    private static String uid(Folder folder, Message message) throws MessagingException {
        if (folder instanceof UIDFolder numbered) {
            return folder.getFullName() + "\n" + numbered.getUIDValidity() + "\n" + numbered.getUID(message);
        }
        if (folder instanceof POP3Folder pop3 && pop3.getUID(message) != null) {
            return pop3.getUID(message);
        }
        throw new MessagingException("neither IMAP nor POP3 with UIDL");
    }
}
