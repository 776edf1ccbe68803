package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The users of local domains, from a plain file that is read again when it changes: a line {@code alice} is a user of
 * every local domain, a line {@code alice@a.example} of one, {@code #} begins a comment. Letter case does not matter.
 * {@code postmaster} exists at every local domain, whatever the file says (RFC 5321 §4.5.1).
 *
 * <p>With a {@link TableWatch} a change takes effect within about two seconds. If the file is broken or has vanished,
 * the users stay as they were, and the log has an ERROR. Thread-safe; look-ups never block.
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
     * @param places where the file may be, in order of preference; the first that exists is read.
     * @throws IllegalArgumentException if a line is broken; the message names file and line.
     * @throws java.io.UncheckedIOException if the file is missing or cannot be read: without users the server would
     *     refuse all mail for good, so it must not start.
     */
    public static UserFile open(List<Path> places, LocalDomains localDomains, Clock clock) {
        return new UserFile(localDomains, WatchedFile.required(places, UserTable::parse, clock));
    }

    /** Lets this watch read the file again when it changes. */
    public UserFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; blocks on the disk. */
    public void look() {
        file.look();
    }

    /**
     * The user to whom a recipient's mail belongs: the name of a Maildir.
     *
     * @return {@code alice}, or {@code alice@a.example} if the file has the user with a domain; always as the file has
     *     it, in lower case, so that no text from the network becomes a file name. Empty if the domain is not local or
     *     the user does not exist. {@code alice+tag} is {@code alice} unless the file has it (RFC 5233 §3).
     */
    public Optional<String> userOf(ForwardPath path) {
        return userOf(file.table(), path);
    }

    /** Whether it is certain that the user does not exist: the table does not have it, and the file has not changed. */
    public boolean lacks(ForwardPath path) {
        WatchedFile.State<UserTable> state = file.state();
        return state.isCurrent() && userOf(state.table(), path).isEmpty();
    }

    private Optional<String> userOf(UserTable table, ForwardPath path) {
        return localDomains.contains(path.domain()) ? table.userOf(path.mailbox()) : Optional.empty();
    }
}
