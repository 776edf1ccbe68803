package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.smtp.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The built-in answer to RCPT: mail for local domains is accepted from every client if the recipient exists; mail for
 * other domains is accepted from users, devices and the relay networks if the domain accepts mail.
 *
 * @param relayControl decides which client may send to which domain.
 * @param recipients of the local domains.
 * @param domainCheck whether other domains accept mail.
 */
public record RecipientCheck(
        RelayControl relayControl, RecipientDirectory recipients, RecipientDomainCheck domainCheck) {
    /**
     * Passes, or refuses with 550 (5.1.1, 5.1.2, 5.1.10 or 5.7.1; RFC 5321 §3.3); 451 4.3.0 if the directory of
     * recipients is not certain, does not answer in time, or fails. Blocks neither for the DNS nor for a directory.
     */
    public CompletionStage<Verdict> check(RelayClient client, ForwardPath path) {
        RelayDecision decision = relayControl.decide(client, path);
        if (decision instanceof RelayDecision.Local) {
            return existing(path);
        }
        if (decision instanceof RelayDecision.Relay) {
            return domainCheck.check(path);
        }
        if (decision instanceof RelayDecision.Refused refused) {
            return CompletableFuture.completedFuture(new Verdict.Answer(refused.reply()));
        }
        throw new AssertionError(decision);
    }

    /** As {@link #check} for a client that may relay anywhere: passes every recipient at another domain. */
    public CompletionStage<Verdict> checkLocal(ForwardPath path) {
        return relayControl.localDomains().contains(path.domain())
                ? existing(path)
                : CompletableFuture.completedFuture(Verdict.PASS);
    }

    private CompletionStage<Verdict> existing(ForwardPath path) {
        return recipients.exists(path).handle((exists, failure) -> verdict(path, exists, failure));
    }

    private static Verdict verdict(ForwardPath path, @Nullable Boolean exists, @Nullable Throwable failure) {
        if (failure != null) {
            return deferral(path, failure);
        }
        return Boolean.TRUE.equals(exists)
                ? Verdict.PASS
                : new Verdict.Answer(Reply.of(
                        550, "5.1.1", path + " does not exist here (expected: a user or an alias of this server)"));
    }

    private static Verdict deferral(ForwardPath path, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String reason = " is not known yet: a table has changed or cannot be read, try again";
        if (!(cause instanceof StaleTableException)) {
            reason = " cannot be looked up now, try again";
        }
        return new Verdict.Answer(Reply.of(451, "4.3.0", path + reason));
    }
}
