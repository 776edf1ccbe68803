package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The users of local domains, from a plain file that is read again when it changes: a line {@code alice} is a user of
 * every local domain, a line {@code alice@a.example} of one, {@code #} begins a comment. Upper and lower case are the
 * same. {@code postmaster} exists at every local domain, whatever the file says (RFC 5321 §4.5.1).
 *
 * <p>With a {@link TableWatch} a change is in force within about two seconds. A broken or vanished file leaves the users
 * as they were and an ERROR in the log. Safe for all threads; asking waits for nothing.
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
     * @param places where the file may be, as the operator sees it; the first that exists is read.
     * @throws IllegalArgumentException if a line is broken; the message names file and line.
     * @throws java.io.UncheckedIOException if the file is missing or cannot be read: with no user at all every mail
     *     would be refused for good, so that is no way to start.
     */
    public static UserFile open(List<Path> places, LocalDomains localDomains, Clock clock) {
        return new UserFile(localDomains, WatchedFile.required(places, UserTable::parse, clock));
    }

    /** The file is read again when this watch sees a change. */
    public UserFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; waits for the disk. */
    public void look() {
        file.look();
    }

    /**
     * The user whose mail it is: the name of a Maildir.
     *
     * @return {@code alice}, or {@code alice@a.example} if the file has the user with a domain; always as the file has
     *     it, in lower case, so that nothing a stranger wrote becomes a file name. Empty if the domain is not local or
     *     the user does not exist. {@code alice+tag} is {@code alice} unless the file has it (RFC 5233 §3).
     */
    public Optional<String> userOf(ForwardPath path) {
        return userOf(file.table(), path);
    }

    /** Whether it is certain that the user does not exist: the table lacks it, and the file is as it was read. */
    public boolean lacks(ForwardPath path) {
        WatchedFile.State<UserTable> state = file.state();
        return state.isCurrent() && userOf(state.table(), path).isEmpty();
    }

    private Optional<String> userOf(UserTable table, ForwardPath path) {
        return localDomains.contains(path.domain()) ? table.userOf(path.mailbox()) : Optional.empty();
    }
}
