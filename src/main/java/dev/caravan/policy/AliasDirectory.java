package dev.caravan.policy;

import dev.caravan.mail.Mailbox;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Expands one address of a local domain by one step; {@link AliasExpander} follows aliases to their ends.
 * Implementations are thread-safe, may be asked many questions at once, and never block the caller.
 */
public interface AliasDirectory {
    /**
     * The alias that an address is.
     *
     * @param address at a local domain.
     * @return completes on any thread: empty if the address is not an alias. Completes exceptionally if the answer is
     *     not certain, with a {@link StaleTableException} or a {@link DirectoryUnavailableException}: the message is
     *     deferred.
     */
    CompletionStage<Optional<Alias>> find(Mailbox address);
}
