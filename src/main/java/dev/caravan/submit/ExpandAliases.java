package dev.caravan.submit;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.policy.AliasExpander;
import dev.caravan.policy.AliasExpansion;
import dev.caravan.policy.ForwardTrace;
import dev.caravan.smtp.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;

/**
 * Step {@code expand-aliases} of {@code direct:submit}: replaces aliases among the recipients of the message by their
 * targets. A message that comes back to an alias that has sent it on is not sent on a second time: it is discarded if
 * it was stored here too, and rejected as a loop otherwise (RFC 5321 §6.3). Fails, so that the message is deferred, if
 * the directory of aliases is not certain or does not answer.
 */
public final class ExpandAliases extends StageStep<ExpandedMail> implements NonBlockingStep.ReadsHeader {
    /** The status of a loop. */
    static final String LOOP = "5.4.6";

    /** Why recipients that have sent the message on before get nothing more. */
    static final String CAME_BACK = "it came back from where it was sent on to, and was stored here before";

    private final AliasExpander expander;
    private final Decisions decisions;

    public ExpandAliases(AliasExpander expander, Decisions decisions) {
        this.decisions = decisions;
        this.expander = expander;
    }

    @Override
    CompletionStage<ExpandedMail> ask(Exchange exchange) throws InvalidPayloadException {
        return expand(exchange.getMessage().getMandatoryBody(MailObject.class));
    }

    /** Expands the aliases of a message; completes as {@link AliasExpander#expand} does. */
    CompletionStage<ExpandedMail> expand(MailObject mail) {
        // Most messages are for no alias, and their header is not read.
        return expander.expand(mail.envelope(), () -> trace(mail))
                .thenApply(expansion -> new ExpandedMail(mail, expansion));
    }

    @Override
    void answered(ExpandedMail expanded, Exchange exchange) {
        MailObject mail = expanded.submitted();
        AliasExpansion expansion = expanded.expansion();
        MailExchange view = MailExchange.of(exchange);
        boolean isOver = expansion.recipients().isEmpty();
        if (decisions.isWanted()) {
            report(expansion, exchange);
        }
        if (!isOver) {
            view.own(expanded);
            exchange.getMessage()
                    .setBody(mail.withEnvelope(
                            expansion.envelope(mail.envelope()).orElseThrow()));
        } else if (expansion.looping().isEmpty()) {
            view.discard(CAME_BACK);
        } else {
            view.reply(Reply.of(554, LOOP, loop(expansion.looping().get(0))));
        }
    }

    private void report(AliasExpansion expansion, Exchange exchange) {
        for (AliasExpansion.Reached reached : expansion.recipients()) {
            if (!reached.aliases().isEmpty()) {
                String way = String.join(", ", reached.aliases());
                decisions.report(exchange, "expandAliases", reached.recipient().path(), "recipient", "by " + way);
            }
        }
        for (Recipient returned : expansion.returned()) {
            decisions.report(exchange, "expandAliases", returned.path(), "discard", CAME_BACK);
        }
        for (Recipient looping : expansion.looping()) {
            decisions.report(exchange, "expandAliases", looping.path(), "fail " + LOOP, loop(looping));
        }
    }

    /** The reason for a recipient whose message came back. */
    static String loop(Recipient recipient) {
        return "mail loop: " + recipient.path() + " has sent this message on before";
    }

    private static ForwardTrace trace(MailObject mail) {
        try {
            return ForwardTrace.of(HeaderSection.of(mail.content()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
