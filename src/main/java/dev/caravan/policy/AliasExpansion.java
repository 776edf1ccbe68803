package dev.caravan.policy;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import java.util.List;
import java.util.Optional;

/**
 * The recipients of a message after all aliases were followed.
 *
 * @param recipients each address once; those that are not aliases first.
 * @param again recipients at local domains that are among the recipients already, but who have other DSN parameters:
 *     they get no copy of their own, but the sender gets the reports about them that were asked for (RFC 3461 §4.1).
 * @param expanded the recipients that stand for several others; to be reported as "expanded" where SUCCESS was asked
 *     for.
 * @param returned recipients whose aliases have forwarded the message before, and also stored it in a mailbox; nothing
 *     is left to do for them.
 * @param looping recipients whose aliases have forwarded the message before without storing it in a mailbox.
 */
public record AliasExpansion(
        List<Reached> recipients,
        List<Recipient> again,
        List<Recipient> expanded,
        List<Recipient> returned,
        List<Recipient> looping) {
    /**
     * A recipient and the aliases that led to it.
     *
     * @param aliases the addresses on the way, in lower case, the one of the envelope first; empty if the envelope
     *     names the recipient itself.
     * @param owner of the last alias on the way that has one: the message leaves with that reverse-path.
     */
    public record Reached(Recipient recipient, List<String> aliases, Optional<Mailbox> owner) {
        public Reached {
            aliases = List.copyOf(aliases);
        }

        /** The same way to a recipient of the same address, whose sender may have other wishes now. */
        public Reached as(Recipient present) {
            return present.equals(recipient) ? this : new Reached(present, aliases, owner);
        }
    }

    public AliasExpansion {
        recipients = List.copyOf(recipients);
        again = List.copyOf(again);
        expanded = List.copyOf(expanded);
        returned = List.copyOf(returned);
        looping = List.copyOf(looping);
    }

    /** The envelope with the remaining recipients; empty if there are none. */
    public Optional<Envelope> envelope(Envelope before) {
        return recipients.isEmpty()
                ? Optional.empty()
                : Optional.of(before.withRecipients(
                        recipients.stream().map(Reached::recipient).toList()));
    }
}
