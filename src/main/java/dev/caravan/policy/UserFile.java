package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * The users of local domains, from a plain file that is read again when it changes: a line {@code alice} is a user of
 * every local domain, a line {@code alice@a.example} of one, {@code #} begins a comment. Upper and lower case are the
 * same. {@code postmaster} exists at every local domain, whatever the file says (RFC 5321 §4.5.1).
 *
 * <p>A change counts within about two seconds. A broken or vanished file leaves the users as they were and a WARN in
 * the log. Safe for all threads; an event loop may ask if {@link #readBy} was called.
 */
public final class UserFile {
    private final LocalDomains localDomains;
    private final WatchedFile<UserTable> file;

    private UserFile(LocalDomains localDomains, WatchedFile<UserTable> file) {
        this.localDomains = localDomains;
        this.file = file;
    }

    /**
     * Reads the file for the first time.
     *
     * @throws IllegalArgumentException if a line is broken; the message names file and line.
     * @throws java.io.UncheckedIOException if the file is missing or cannot be read: with no user at all every mail
     *     would be refused for good, so that is no way to start.
     */
    public static UserFile open(Path file, LocalDomains localDomains, Clock clock) {
        return new UserFile(localDomains, WatchedFile.required(file, UserTable::parse, clock));
    }

    /** The same file, read again by a thread of this executor, so that nobody who asks waits for the disk. */
    public UserFile readBy(Executor executor) {
        return new UserFile(localDomains, file.readBy(executor));
    }

    /**
     * The user whose mail it is: the name of a Maildir.
     *
     * @return {@code alice}, or {@code alice@a.example} if the file has the user with a domain; always as the file has
     *     it, in lower case, so that nothing a stranger wrote becomes a file name. Empty if the domain is not local or
     *     the user does not exist. {@code alice+tag} is {@code alice} unless the file has it (RFC 5233 §3).
     */
    public Optional<String> userOf(ForwardPath path) {
        return localDomains.contains(path.domain()) ? file.table().userOf(path.mailbox()) : Optional.empty();
    }
}
