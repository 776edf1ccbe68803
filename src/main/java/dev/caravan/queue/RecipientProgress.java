package dev.caravan.queue;

import dev.caravan.mail.Diagnosis;
import java.util.Optional;

/**
 * How far one recipient of an item has come.
 *
 * @param warned whether the sender was told of the delay; committed with the warning.
 * @param permanent whether no further attempt will be made: failed or expired.
 * @param last what was said last; empty before the first attempt.
 */
public record RecipientProgress(boolean warned, boolean permanent, Optional<Diagnosis> last) {
    /** Nothing was tried yet. */
    public static final RecipientProgress NEW = new RecipientProgress(false, false, Optional.empty());
}
