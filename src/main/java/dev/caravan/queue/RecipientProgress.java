package dev.caravan.queue;

import dev.caravan.mail.Diagnosis;
import java.util.Optional;

/**
 * The state of one recipient of an item.
 *
 * @param warned whether the sender got a warning about the delay; committed with the warning.
 * @param permanent whether no further attempt will be made: failed or expired.
 * @param last the last reply; empty before the first attempt.
 */
public record RecipientProgress(boolean warned, boolean permanent, Optional<Diagnosis> last) {
    /** No attempt was made yet. */
    public static final RecipientProgress NEW = new RecipientProgress(false, false, Optional.empty());
}
