package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Names that are expected at every mail server and belong to the postmaster unless a table says otherwise: the address
 * for abuse reports (RFC 2142 §4), the author of delivery reports, and the recipient of mail from system programs.
 *
 * @param host the server's name, at which they exist; empty if they do not exist.
 * @param isUser whether the table of users has a mailbox; that table is asked first.
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
