package dev.caravan.submit;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * A message as the queue items that are stored for it.
 *
 * @param mail the message as submitted.
 * @param placements an item for each next hop, with its queue; at least one; and what else is stored with the message.
 * @param expanded the recipients that stood for several others.
 */
public record SplitMail(MailObject mail, List<Placement> placements, List<Recipient> expanded) {
    public SplitMail {
        placements = List.copyOf(placements);
        expanded = List.copyOf(expanded);
    }

    /** The same with more to be stored in the same transaction. */
    SplitMail with(List<Placement> more) {
        List<Placement> all = new ArrayList<>(placements);
        all.addAll(more);
        return new SplitMail(mail, all, expanded);
    }
}
