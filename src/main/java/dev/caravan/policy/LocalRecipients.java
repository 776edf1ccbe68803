package dev.caravan.policy;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.smtp.Reply;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Whether a recipient at a local domain exists: as a user or an alias. A recipient that no table has is refused only
 * after a look at the files that began after the question and found them as they were read; else it is put off.
 *
 * @param users of the local domains.
 * @param aliases at the local domains.
 * @param localDomains where they are.
 * @param watch looks at their files.
 */
public record LocalRecipients(UserFile users, AliasFile aliases, LocalDomains localDomains, TableWatch watch) {
    /** How long a look at the files may take before the recipient is put off. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

    /** Passes a recipient that exists, refuses others with 550 5.1.1 (RFC 5321 §3.3), or 451 if that is not certain. */
    public CompletionStage<Verdict> check(ForwardPath path) {
        if (exists(path)) {
            return CompletableFuture.completedFuture(Verdict.PASS);
        }
        return watch.lookNow(LONGEST_LOOK).handle((looked, failure) -> failure == null ? verdict(path) : putOff(path));
    }

    /**
     * Makes sure that no recipient of a mail is taken for unknown because a file was not read again yet; waits for the
     * disk if a recipient is in no table.
     *
     * @throws StaleTableException if a recipient may exist; the mail is to be put off.
     */
    public void require(Envelope envelope) {
        boolean isLookedAt = false;
        for (Recipient recipient : envelope.recipients()) {
            ForwardPath path = recipient.path();
            if (!localDomains.contains(path.domain()) || exists(path)) {
                continue;
            }
            if (!isLookedAt) {
                watch.look();
                isLookedAt = true;
            }
            requireCertainty(path);
        }
    }

    /**
     * Waits for nothing: knows what the last look at the files knew.
     *
     * @throws StaleTableException if the recipient is at a local domain, is in no table, and may exist.
     */
    public void requireCertainty(ForwardPath path) {
        if (localDomains.contains(path.domain()) && !exists(path) && !isCertainlyUnknown(path)) {
            throw new StaleTableException(path.toString());
        }
    }

    private boolean exists(ForwardPath path) {
        return aliases.isAlias(path) || users.userOf(path).isPresent();
    }

    private boolean isCertainlyUnknown(ForwardPath path) {
        return aliases.lacks(path) && users.lacks(path);
    }

    private Verdict verdict(ForwardPath path) {
        if (exists(path)) {
            return Verdict.PASS;
        }
        return isCertainlyUnknown(path)
                ? new Verdict.Answer(Reply.of(
                        550, "5.1.1", path + " does not exist here (expected: a user or an alias of this server)"))
                : putOff(path);
    }

    private static Verdict putOff(ForwardPath path) {
        return new Verdict.Answer(
                Reply.of(451, "4.3.0", path + " is not known yet: a table has changed or cannot be read, try again"));
    }
}
