package dev.caravan.source.mailbox;

import dev.caravan.source.PasswordFile;
import jakarta.mail.PasswordAuthentication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.camel.component.mail.MailAuthenticator;

/** Our login at a mailbox. The password is read at each login, so that it is in no URI and can be changed. */
public final class MailboxAuthenticator extends MailAuthenticator {
    private final String user;
    private final Path passwordFile;

    /** @param passwordFile a file with the password as its first line. */
    public MailboxAuthenticator(String user, Path passwordFile) {
        this.user = user;
        this.passwordFile = passwordFile;
    }

    @Override
    public PasswordAuthentication getPasswordAuthentication() {
        try {
            return new PasswordAuthentication(user, PasswordFile.read(passwordFile));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
