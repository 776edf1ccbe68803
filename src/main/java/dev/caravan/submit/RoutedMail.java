package dev.caravan.submit;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * A mail with the ways it leaves by.
 *
 * @param mail the mail as submitted.
 * @param placements an item for each next hop, with its queue; at least one; and what else is stored with the mail.
 * @param expanded the recipients that stood for several others.
 */
public record RoutedMail(MailObject mail, List<Placement> placements, List<Recipient> expanded) {
    public RoutedMail {
        placements = List.copyOf(placements);
        expanded = List.copyOf(expanded);
    }

    /** The same with more to be stored in the same transaction. */
    RoutedMail with(List<Placement> more) {
        List<Placement> all = new ArrayList<>(placements);
        all.addAll(more);
        return new RoutedMail(mail, all, expanded);
    }
}
