package dev.caravan.source.mailbox;

import dev.caravan.source.mailbox.OpenMailbox.Reading;
import jakarta.mail.Folder;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Store;
import java.net.URI;
import java.util.Properties;
import org.eclipse.angus.mail.imap.IMAPFolder;
import org.eclipse.angus.mail.pop3.POP3Folder;

/** Connects to a mailbox. Every network operation times out after 30 s. */
public final class MailboxServer {
    private static final String MILLIS = "30000";

    private final URI address;
    private final String folder;
    private final MailboxAuthenticator login;
    private final boolean keep;
    private final Reading reading;
    private final Session session;

    /**
     * @param address a scheme of {@code imaps}, {@code imap}, {@code pop3s}, {@code pop3}, a host, and an optional
     *     port.
     * @param folder the name of the folder; not used with POP3.
     * @param keep whether to mark taken messages as seen; otherwise they are deleted.
     */
    public MailboxServer(URI address, String folder, MailboxAuthenticator login, boolean keep, Reading reading) {
        this.address = address;
        this.folder = address.getScheme().startsWith("pop3") ? "INBOX" : folder;
        this.login = login;
        this.keep = keep;
        this.reading = reading;
        Properties properties = new Properties();
        String prefix = "mail." + address.getScheme() + ".";
        properties.setProperty(prefix + "connectiontimeout", MILLIS);
        properties.setProperty(prefix + "timeout", MILLIS);
        properties.setProperty(prefix + "writetimeout", MILLIS);
        properties.setProperty(prefix + "ssl.checkserveridentity", "true");
        this.session = Session.getInstance(properties);
    }

    /**
     * Opens the folder for reading and writing.
     *
     * @throws MessagingException if the connection fails or the user has no such folder.
     */
    public OpenMailbox open() throws MessagingException {
        Store store = session.getStore(address.getScheme());
        boolean isOpen = false;
        try {
            PasswordAuthentication who = login.getPasswordAuthentication();
            store.connect(address.getHost(), address.getPort(), who.getUserName(), who.getPassword());
            Folder opened = store.getFolder(folder);
            opened.open(Folder.READ_WRITE);
            isOpen = true;
            if (opened instanceof IMAPFolder imap) {
                return new ImapMailbox(imap, keep, reading);
            }
            return new Pop3Mailbox((POP3Folder) opened, reading);
        } finally {
            if (!isOpen) {
                store.close();
            }
        }
    }
}
