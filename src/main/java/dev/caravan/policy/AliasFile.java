package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Aliases at local domains, from a plain file in the form of sendmail. The file is read again when it changes (RFC 5321
 * §3.9.1):
 *
 * <pre>{@code
 * # a name at every local domain; targets without a domain are at the domain of the address postmaster: alice team:
 * alice, bob, carol@b.example # a name at one local domain info@a.example: dave # addresses in another file, one or
 * more a line friends: :include:lists/friends # a user, although there is an alias of that name carol: \carol,
 * archive@else.example }</pre>
 *
 * <p>Messages to an alias {@code list} leave with the reverse-path {@code owner-list} if there is an alias of that name
 * (RFC 5321 §3.9.2). An alias {@code @b.example} stands for all names at that local domain that are neither users nor aliases. Aliases may
 * lead to aliases; loops end at the user of that name. Programs and files as targets are refused, or left out if the
 * operator chooses that; Camel routes replace them. With a {@link TableWatch} a change takes effect within about two
 * seconds. If the file is broken or has vanished, the aliases stay as they were, and the log has an ERROR. Thread-safe;
 * look-ups never block.
 */
public final class AliasFile implements AliasDirectory {
    private final WatchedFile<AliasTable> file;

    private AliasFile(WatchedFile<AliasTable> file) {
        this.file = file;
    }

    /**
     * Reads the file for the first time. It may be missing; then it is read when it appears.
     *
     * @param places where the file may be; the first that exists is read.
     * @throws IllegalArgumentException if a line is broken, or an alias leads through more than 10 aliases or to more
     *     than 10,000 addresses; the message names file and line or alias.
     * @throws java.io.UncheckedIOException if the file exists but cannot be read.
     */
    public static AliasFile open(List<Path> places, Rules rules, Clock clock) {
        Path folder =
                Optional.ofNullable(places.get(0).toAbsolutePath().getParent()).orElseThrow();
        return new AliasFile(WatchedFile.optional(
                places,
                new WatchedFile.Parser<>() {
                    @Override
                    public AliasTable parse(List<String> lines) {
                        return AliasTable.parse(lines, rules, folder);
                    }

                    @Override
                    public List<WatchedFile.Stamp> parts(AliasTable table) {
                        return table.source().included();
                    }
                },
                clock));
    }

    /**
     * How the file is understood.
     *
     * @param localDomains where the aliases are valid.
     * @param standard names that stand for the postmaster if the file does not have them.
     * @param skipsUnsupported whether targets that are programs or files are left out with a warning; else such a file
     *     is refused.
     */
    public record Rules(LocalDomains localDomains, StandardNames standard, boolean skipsUnsupported) {}

    /**
     * Likely mistakes: aliases that form a loop, and local targets that do not exist. One line for each.
     */
    public List<String> doubts() {
        return file.table().doubts();
    }

    /** Lets this watch read the file again when it changes. */
    public AliasFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; blocks on the disk. */
    public void look() {
        file.look();
    }

    /** Whether the address is an alias. */
    public boolean isAlias(ForwardPath path) {
        return file.table().has(path.mailbox());
    }

    /** Whether it is certain that the address is no alias: the table does not have it, and the file has not changed. */
    public boolean lacks(ForwardPath path) {
        WatchedFile.State<AliasTable> state = file.state();
        return state.isCurrent() && !state.table().has(path.mailbox());
    }

    /** The alias that an address is, as the table has it now; completes before it returns. */
    @Override
    public CompletionStage<Optional<Alias>> find(Mailbox address) {
        return CompletableFuture.completedFuture(file.table().alias(address));
    }
}
