package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The recipients and aliases of the local domains, from the files of users and aliases. A recipient is known not to
 * exist only after a check of the files that began after the question.
 *
 * @param users of the local domains.
 * @param aliases at the local domains.
 * @param localDomains the local domains.
 * @param watch compares the files with the tables.
 */
public record LocalRecipients(UserFile users, AliasFile aliases, LocalDomains localDomains, TableWatch watch)
        implements RecipientDirectory, AliasDirectory {
    /** How long a check of the files may take. */
    private static final Duration CHECK_LIMIT = Duration.ofSeconds(10);

    /**
     * Whether a recipient exists. If a table has it, the answer is immediate; if not, a thread of the watch checks the
     * files first.
     *
     * @return completes exceptionally with a {@link StaleTableException} if a file is newer than its table, is broken, or
     *     cannot be checked in time.
     */
    @Override
    public CompletionStage<Boolean> exists(ForwardPath recipient) {
        if (isInTables(recipient)) {
            return CompletableFuture.completedFuture(true);
        }
        return watch.lookNow(CHECK_LIMIT).handle((checked, failure) -> {
            if (failure == null && isInTables(recipient)) {
                return true;
            }
            if (failure != null || !isCertainlyUnknown(recipient)) {
                throw new StaleTableException(recipient.toString());
            }
            return false;
        });
    }

    /**
     * The alias of an address in the present tables; no file is checked. Completes before it returns, exceptionally
     * with a {@link StaleTableException} if the address is in no table and a file is newer than its table or broken.
     */
    @Override
    public CompletionStage<Optional<Alias>> find(Mailbox address) {
        ForwardPath path = new ForwardPath(address);
        CompletionStage<Optional<Alias>> alias = aliases.find(address);
        boolean isKnown = !localDomains.contains(path.domain()) || isInTables(path);
        // An alias that is newer than the table must not be taken for an unknown user.
        return isKnown || isCertainlyUnknown(path)
                ? alias
                : CompletableFuture.failedFuture(new StaleTableException(path.toString()));
    }

    private boolean isInTables(ForwardPath path) {
        return aliases.isAlias(path) || users.userOf(path).isPresent();
    }

    private boolean isCertainlyUnknown(ForwardPath path) {
        return aliases.lacks(path) && users.lacks(path);
    }
}
