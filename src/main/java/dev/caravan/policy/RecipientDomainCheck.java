package dev.caravan.policy;

import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.smtp.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * Checks whether the domain of a recipient elsewhere accepts mail. This happens while the client is still connected:
 * the client then sees a mistyped domain at once, and no bounce goes to an address that may be forged.
 */
public interface RecipientDomainCheck {
    /**
     * Passes or refuses. Completes without a thread that waits; dependents must not block.
     *
     * @return never completes exceptionally, if the DNS keeps its contract.
     */
    CompletionStage<Verdict> check(ForwardPath path);

    /** The source of the answer for that recipient, in a few words for the log of decisions. */
    String evidence(ForwardPath path);

    /** No check: a smart host may know domains that the DNS here does not. */
    static RecipientDomainCheck none() {
        return new RecipientDomainCheck() {
            @Override
            public CompletionStage<Verdict> check(ForwardPath path) {
                return CompletableFuture.completedFuture(Verdict.PASS);
            }

            @Override
            public String evidence(ForwardPath path) {
                return "a smart host gets the mail, so no DNS lookup";
            }
        };
    }

    /** No check for domains whose mail a smart host gets. */
    static RecipientDomainCheck unless(Predicate<Domain> hasSmartHost, RecipientDomainCheck other) {
        return new RecipientDomainCheck() {
            private RecipientDomainCheck of(ForwardPath path) {
                return hasSmartHost.test(path.domain()) ? none() : other;
            }

            @Override
            public CompletionStage<Verdict> check(ForwardPath path) {
                return of(path).check(path);
            }

            @Override
            public String evidence(ForwardPath path) {
                return of(path).evidence(path);
            }
        };
    }

    /** Asks the DNS, except for address literals, which name the host themselves (RFC 5321 §4.1.3). */
    static RecipientDomainCheck by(MailDns dns) {
        return new RecipientDomainCheck() {
            @Override
            public CompletionStage<Verdict> check(ForwardPath path) {
                return path.domain().isLiteral()
                        ? CompletableFuture.completedFuture(Verdict.PASS)
                        : dns.mx(path.domain()).thenApply(answer -> verdict(path, answer));
            }

            @Override
            public String evidence(ForwardPath path) {
                return path.domain().isLiteral() ? "an address literal, so no DNS lookup" : "DNS";
            }
        };
    }

    /**
     * What an answer of the DNS means for a recipient. A null MX has a code of its own (RFC 7505 §4.1). When the DNS
     * does not answer, the recipient is accepted, because the sender cannot change that, and the delivery asks again.
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
