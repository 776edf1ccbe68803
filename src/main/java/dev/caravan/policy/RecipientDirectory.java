package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import java.util.concurrent.CompletionStage;

/**
 * Tells which recipients exist at the local domains. Implementations are thread-safe, may be asked many questions at
 * once, and never block the caller.
 */
public interface RecipientDirectory {
    /**
     * Whether a recipient exists, as a user or as an alias.
     *
     * @param recipient at a local domain.
     * @return completes on any thread. Completes exceptionally if the answer is not certain, with a
     *     {@link StaleTableException} or a {@link DirectoryUnavailableException}: the recipient is then deferred, never
     *     refused.
     */
    CompletionStage<Boolean> exists(ForwardPath recipient);
}
