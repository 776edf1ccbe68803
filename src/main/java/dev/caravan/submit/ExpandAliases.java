package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.AliasExpander;
import dev.caravan.policy.AliasExpansion;
import dev.caravan.policy.AliasExpansion.Reached;
import dev.caravan.policy.ForwardTrace;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;

/**
 * Step of {@code direct:submit}: the recipients of the message become those behind its aliases. A message that comes
 * back to an alias that has sent it on is not sent on a second time: it is dropped if it was stored here too, and
 * refused as a loop otherwise (RFC 5321 §6.3).
 */
public final class ExpandAliases implements Processor {
    static final String STATUS = "5.4.6";

    private static final String CAME_BACK = "it came back from where it was sent on to, and was stored here before";

    private final LocalRecipients recipients;

    public ExpandAliases(LocalRecipients recipients) {
        this.recipients = recipients;
    }

    /**
     * What was found about a message.
     *
     * @param submitted the message as it came.
     * @param expansion its recipients.
     * @param ways the aliases by which each recipient was reached.
     */
    record Result(MailObject submitted, AliasExpansion expansion, Map<ForwardPath, Reached> ways) {}

    @Override
    public void process(Exchange exchange) throws InvalidPayloadException {
        MailObject mail = exchange.getMessage().getMandatoryBody(MailObject.class);
        Result result = expand(mail);
        AliasExpansion expansion = result.expansion();
        boolean isOver = expansion.recipients().isEmpty();
        if (!expansion.returned().isEmpty() && !(isOver && expansion.looping().isEmpty())) {
            MailLog.discarded(mail.withEnvelope(mail.envelope().withRecipients(expansion.returned())), CAME_BACK);
        }
        if (!isOver) {
            MailExchange.of(exchange).own(result);
            exchange.getMessage()
                    .setBody(mail.withEnvelope(
                            expansion.envelope(mail.envelope()).orElseThrow()));
            return;
        }
        if (expansion.looping().isEmpty()) {
            MailExchange.of(exchange).discard(CAME_BACK);
        } else {
            MailExchange.of(exchange)
                    .reply(Reply.of(554, STATUS, loop(expansion.looping().get(0))));
        }
    }

    /**
     * The reverse-path with which a message leaves: its own, or that of the owner of the list by which a recipient was
     * reached (RFC 5321 §3.9.2). A report stays one, so that no report about it goes anywhere.
     *
     */
    ReversePath sender(ReversePath own, Reached reached) {
        return own.isNull() ? own : reached.owner().map(ReversePath::of).orElse(own);
    }

    /** What is said about a recipient whose message came back. */
    static String loop(Recipient recipient) {
        return "mail loop: " + recipient.path() + " has sent this message on before";
    }

    /** What this step found about a message; empty if it was not here. */
    static Optional<Result> of(MailId mail, Exchange exchange) {
        return MailExchange.of(exchange)
                .own(Result.class)
                .filter(result -> result.submitted().id().equals(mail));
    }

    /**
     * Expands the aliases of a message.
     *
     * @throws UncheckedIOException if its header has to be read and cannot be.
     * @throws dev.caravan.policy.StaleTableException if a recipient may be an alias that is not read yet.
     */
    Result expand(MailObject mail) {
        // Most messages are for no alias, and their header is not read.
        AliasExpansion expansion = expanded(mail);
        Map<ForwardPath, Reached> ways = new HashMap<>();
        for (Reached reached : expansion.recipients()) {
            ways.put(reached.recipient().path(), reached);
        }
        return new Result(mail, expansion, ways);
    }

    private AliasExpansion expanded(MailObject mail) {
        try {
            return new AliasExpander(recipients, recipients.localDomains())
                    .expand(mail.envelope(), () -> trace(mail))
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static ForwardTrace trace(MailObject mail) {
        try {
            return ForwardTrace.of(HeaderSection.of(mail.content()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
