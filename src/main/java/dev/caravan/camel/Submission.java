package dev.caravan.camel;

import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Placement;
import java.util.List;

/**
 * A mail with the ways it leaves by.
 *
 * @param mail the mail as submitted.
 * @param placements an item for each next hop, with its queue; at least one.
 */
public record Submission(MailObject mail, List<Placement> placements) {
    public Submission {
        placements = List.copyOf(placements);
    }
}
