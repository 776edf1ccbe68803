package dev.caravan.submit;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.policy.AliasExpansion.Reached;
import dev.caravan.queue.NextHop;
import java.util.List;

/**
 * A message with the next hop of each recipient.
 *
 * @param submitted the message as it was submitted, with its present content.
 * @param mail the same message; without its recipients, which are in {@code recipients}.
 * @param recipients each address once.
 * @param repeated recipients of a local mailbox that are addressed a second time: no second copy, but reports of their
 *     own.
 * @param expanded the recipients that stood for several others.
 * @param returned the recipients that have sent this message on before and have stored it: they get nothing more.
 * @param looping the recipients that have sent this message on before and have not stored it: they fail.
 */
public record RoutedMail(
        MailObject submitted,
        MailObject mail,
        List<RoutedRecipient> recipients,
        List<RoutedRecipient> repeated,
        List<Recipient> expanded,
        List<Recipient> returned,
        List<Recipient> looping) {
    /**
     * A recipient, the aliases on the way to it, and where the message goes for it.
     *
     * @param reached by which aliases; empty if the recipient was addressed itself.
     */
    public record RoutedRecipient(Reached reached, NextHop nextHop) {}

    public RoutedMail {
        recipients = List.copyOf(recipients);
        repeated = List.copyOf(repeated);
        expanded = List.copyOf(expanded);
        returned = List.copyOf(returned);
        looping = List.copyOf(looping);
    }
}
