package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Names that others expect at every mail server and that are the postmaster's unless a table says otherwise: where abuse
 * is reported (RFC 2142 §4), what reports name as their author, and whom programs of the system write to.
 *
 * @param host our own name, at which they exist; empty if they do not.
 * @param isUser whether a mailbox is that of a user by the table of users, which comes first.
 */
public record StandardNames(Optional<Domain> host, Predicate<Mailbox> isUser) {
    /** No such names. */
    public static final StandardNames NONE = new StandardNames(Optional.empty(), mailbox -> false);

    private static final Set<String> NAMES = Set.of("abuse", "mailer-daemon", "root");

    /** Whether a mailbox that is in no table of aliases stands for the postmaster of its domain. */
    boolean has(Mailbox mailbox) {
        String key = mailbox.localKey();
        int plus = key.indexOf('+');
        return host.equals(Optional.of(mailbox.domain()))
                && NAMES.contains(plus > 0 ? key.substring(0, plus) : key)
                && !isUser.test(mailbox);
    }
}
