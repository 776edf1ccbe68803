package dev.caravan.policy;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Aliases at local domains, from a plain file in the form that sendmail made common and that is read again when it
 * changes (RFC 5321 §3.9.1):
 *
 * <pre>{@code
 * # a name at every local domain; targets without a domain are at the domain that was written to
 * postmaster: alice
 * team: alice, bob,
 *     carol@b.example
 * # a name at one local domain
 * info@a.example: dave
 * # addresses in another file, one or more a line
 * friends: :include:lists/friends
 * # a user, although there is an alias of that name
 * carol: \carol, archive@else.example
 * }</pre>
 *
 * <p>Messages to an alias {@code list} leave with the reverse-path {@code owner-list} if there is an alias of that name
 * (RFC 5321 §3.9.2). An alias {@code @b.example} stands for all names at that local domain that are neither users nor aliases. Aliases may
 * lead to aliases; loops end at the user of that name. Programs and files as targets are
 * refused, or left out if the operator wants that: a Camel route does what they are for. With a {@link TableWatch} a change is in force within about two
 * seconds; a broken or vanished file leaves the aliases as they were and an ERROR in the log. Safe for all threads;
 * asking waits for nothing.
 */
public final class AliasFile {
    private static final String ADDRESS_TYPE = "rfc822";

    private final WatchedFile<AliasTable> file;

    private AliasFile(WatchedFile<AliasTable> file) {
        this.file = file;
    }

    /**
     * Reads the file for the first time; it may be missing, and is read when it appears.
     *
     * @param places where the file may be; the first that exists is read.
     * @throws IllegalArgumentException if a line is broken, or an alias leads through more than 10 aliases or to more
     *     than 10,000 addresses; the message names file and line or alias.
     * @throws java.io.UncheckedIOException if the file is there but cannot be read.
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
     * What an operator should look at: aliases that lead in a circle, and local targets that do not exist. One line for
     * each; none if all is well.
     */
    public List<String> doubts() {
        return file.table().doubts();
    }

    /** The file is read again when this watch sees a change. */
    public AliasFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; waits for the disk. */
    public void look() {
        file.look();
    }

    /** Whether mail to the address is for others; such a recipient exists. */
    public boolean isAlias(ForwardPath path) {
        return file.table().has(path.mailbox());
    }

    /**
     * The address {@code owner-list} that gets the reports about a message to a list, if the table has it for the list
     * (RFC 5321 §3.9.2).
     *
     * @param aliases the addresses on the way to a recipient, as {@link AliasExpansion.Reached} has them.
     */
    public Optional<Mailbox> owner(List<String> aliases) {
        return file.table().owner(aliases);
    }

    /** Whether it is certain that the address is no alias: the table lacks it, and the file is as it was read. */
    public boolean lacks(ForwardPath path) {
        WatchedFile.State<AliasTable> state = file.state();
        return state.isCurrent() && !state.table().has(path.mailbox());
    }

    /**
     * Who gets the mail instead. With one target the sender's wishes go on to it (RFC 3461 §5.2.7.2). With several, all
     * but SUCCESS go on: that the mail got here is for us to tell (RFC 3461 §5.2.7.3). The alias
     * becomes the original recipient, if the sender named none.
     *
     * @return the recipient itself if it is no alias.
     * @throws IllegalArgumentException if a limit is exceeded, which the reader of the file could not foresee.
     */
    public Expansion expand(Recipient recipient) {
        AliasTable table = file.table();
        if (!table.has(recipient.path().mailbox())) {
            return new Expansion(List.of(recipient), false);
        }
        List<ForwardPath> targets = table.expand(recipient.path().mailbox());
        boolean isExpanded = targets.size() > 1;
        return new Expansion(
                targets.stream()
                        .map(target -> behind(recipient, target, isExpanded))
                        .toList(),
                isExpanded);
    }

    /** One of those who get a message instead of an alias. */
    static Recipient behind(Recipient alias, ForwardPath target, boolean isExpanded) {
        Notify notification = isExpanded ? withoutSuccess(alias.notification()) : alias.notification();
        Optional<OriginalRecipient> original = alias.original()
                .or(() -> Optional.of(
                        new OriginalRecipient(ADDRESS_TYPE, alias.path().address())));
        return new Recipient(target, notification, original);
    }

    /**
     * Expands all recipients of a message. Who is reached in several ways gets it once, as the sender addressed it if
     * that is one of them. An alias that has sent the message on before is not followed again.
     *
     * @param trace of the message; asked for only if a recipient is an alias.
     * @throws IllegalArgumentException as for one recipient.
     */
    public AliasExpansion expand(Envelope envelope, Supplier<ForwardTrace> trace) {
        return new EnvelopeExpansion(file.table(), envelope, trace).expand();
    }

    private static Notify withoutSuccess(Notify notification) {
        return new Notify(notification.asked().map(conditions -> {
            Set<Notify.Condition> rest = new HashSet<>(conditions);
            rest.remove(Notify.Condition.SUCCESS);
            return rest;
        }));
    }

    /**
     * Who gets a mail instead of one recipient.
     *
     * @param recipients at least one; each once.
     * @param isExpanded whether the mail goes to several now. Then a sender who asked for SUCCESS is told so here and
     *     now, by a DSN that says "expanded" (RFC 3461 §5.2.7.3), for nobody behind will.
     */
    public record Expansion(List<Recipient> recipients, boolean isExpanded) {
        public Expansion {
            recipients = List.copyOf(recipients);
        }
    }
}
