package dev.caravan.source.mailbox;

import jakarta.mail.PasswordAuthentication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.component.mail.MailAuthenticator;

/** Who we are at a mailbox: the password is read at each login, so that it stands in no URI and can be changed. */
public final class MailboxAuthenticator extends MailAuthenticator {
    private final String user;
    private final Path passwordFile;

    /** @param passwordFile its first line is the password. */
    public MailboxAuthenticator(String user, Path passwordFile) {
        this.user = user;
        this.passwordFile = passwordFile;
    }

    @Override
    public PasswordAuthentication getPasswordAuthentication() {
        try {
            return new PasswordAuthentication(user, firstLine(passwordFile));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first line of a file; empty if it has none. */
    public static String firstLine(Path file) throws IOException {
        return Files.readString(file).lines().findFirst().orElse("");
    }
}
