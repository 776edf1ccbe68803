package dev.caravan.outcome;

import dev.caravan.queue.ItemId;
import java.util.List;

/**
 * What follows from an attempt, to be done in the transaction that consumed the item.
 *
 * @param placements the items for those recipients that are not done; none if all are.
 * @param notices the reports to be sent.
 */
public record Settlement(List<Placement> placements, List<Notice> notices) {
    public Settlement {
        placements = List.copyOf(placements);
        notices = List.copyOf(notices);
    }

    /** Whether an item is kept; if not, its spool file may be removed after the commit. */
    public boolean keeps(ItemId id) {
        return placements.stream().anyMatch(placement -> placement.item().id().equals(id));
    }
}
