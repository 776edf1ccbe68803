package dev.caravan.policy;

import dev.caravan.mail.Envelope;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Replaces the aliases among the recipients of a message by the addresses that they stand for. Thread-safe; uses no
 * thread while the directory looks for an answer.
 *
 * @param directory is asked about addresses of local domains only.
 */
public record AliasExpander(AliasDirectory directory, LocalDomains localDomains) {
    /**
     * Expands all recipients of a message. A recipient that is reached in several ways gets the message once; if the
     * sender named it, by that address. An alias that has forwarded the message before is not followed again.
     *
     * @param trace of the message; asked for only if a recipient is an alias.
     * @return completes exceptionally as the directory or the trace does, and with an {@link IllegalArgumentException} if an
     *     alias leads through more than {@value AliasWalk#MAX_DEPTH} aliases or to more than
     *     {@value AliasWalk#MAX_RECIPIENTS} addresses. Completes before this call returns if the directory answers at
     *     once.
     */
    public CompletionStage<AliasExpansion> expand(Envelope envelope, Supplier<ForwardTrace> trace) {
        return new EnvelopeExpansion(this, envelope).expand(trace);
    }
}
