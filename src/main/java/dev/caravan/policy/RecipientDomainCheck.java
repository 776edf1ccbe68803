package dev.caravan.policy;

import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.mail.ForwardPath;
import dev.caravan.smtp.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * Whether the domain of a recipient elsewhere can get mail at all, asked while the client is still there to be told:
 * a slip in a domain is then seen at once, and no bounce goes to an address that may be forged.
 */
@FunctionalInterface
public interface RecipientDomainCheck {
    /**
     * Passes or refuses. Completes without a thread that waits; dependents must not block.
     *
     * @return never completes exceptionally, if the DNS keeps its contract.
     */
    CompletionStage<Verdict> check(ForwardPath path);

    /** No check: a smart host may know domains that the DNS here does not. */
    static RecipientDomainCheck none() {
        return path -> CompletableFuture.completedFuture(Verdict.PASS);
    }

    /** Asks the DNS, but for address literals, which name the host themselves (RFC 5321 §4.1.3). */
    static RecipientDomainCheck by(MailDns dns) {
        return path -> path.domain().isLiteral()
                ? CompletableFuture.completedFuture(Verdict.PASS)
                : dns.mx(path.domain()).thenApply(answer -> verdict(path, answer));
    }

    /** The check, or none while there is a relay host. */
    static RecipientDomainCheck unless(BooleanSupplier hasRelayHost, RecipientDomainCheck check) {
        RecipientDomainCheck none = none();
        return path -> (hasRelayHost.getAsBoolean() ? none : check).check(path);
    }

    /**
     * What an answer of the DNS means for a recipient. A null MX has a code of its own (RFC 7505 §4.1). When the DNS
     * does not answer the mail is taken, for the sender cannot help it, and delivery asks again.
     */
    static Verdict verdict(ForwardPath path, MxAnswer answer) {
        if (answer instanceof MxAnswer.NoSuchDomain) {
            return refused("5.1.2", path + " has a domain that does not exist (expected: a domain known to the DNS)");
        }
        if (answer instanceof MxAnswer.NoMail) {
            return refused("5.1.2", path + " has a domain without a mail host (expected: MX or address records)");
        }
        if (answer instanceof MxAnswer.NullMx) {
            return refused("5.1.10", path + " has a domain that takes no mail (expected: no null MX record)");
        }
        if (answer instanceof MxAnswer.Hosts
                || answer instanceof MxAnswer.Implicit
                || answer instanceof MxAnswer.TemporaryFailure) {
            return Verdict.PASS;
        }
        throw new AssertionError(answer);
    }

    private static Verdict refused(String status, String words) {
        return new Verdict.Answer(Reply.of(550, status, words));
    }
}
