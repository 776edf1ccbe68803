package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.AliasExpansion;
import dev.caravan.policy.AliasExpansion.Reached;
import dev.caravan.policy.ForwardTrace;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;

/**
 * Step of {@code direct:submit}: the recipients of the message become those behind its aliases. A message that comes
 * back to an alias that has sent it on is not sent on a second time: it is dropped if it was stored here too, and
 * refused as a loop otherwise (RFC 5321 §6.3).
 */
public final class ExpandAliases implements Processor, NonBlockingStep.ReadsHeader {
    static final String STATUS = "5.4.6";

    private static final String CAME_BACK = "it came back from where it was sent on to, and was stored here before";

    private final LocalRecipients recipients;
    private final MailEvents events;

    public ExpandAliases(LocalRecipients recipients, MailEvents events) {
        this.events = events;
        this.recipients = recipients;
    }

    /**
     * What was found about a message.
     *
     * @param submitted the message as it came.
     * @param expansion its recipients.
     * @param ways the aliases by which each recipient was reached.
     */
    record Result(MailObject submitted, AliasExpansion expansion, Map<ForwardPath, List<String>> ways) {}

    @Override
    public void process(Exchange exchange) throws InvalidPayloadException {
        MailObject mail = exchange.getMessage().getMandatoryBody(MailObject.class);
        Result result = expand(mail);
        AliasExpansion expansion = result.expansion();
        boolean isOver = expansion.recipients().isEmpty();
        if (!expansion.returned().isEmpty() && !(isOver && expansion.looping().isEmpty())) {
            events.recipientsDiscarded(
                    mail.withEnvelope(mail.envelope().withRecipients(expansion.returned())), CAME_BACK);
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
     * @param way the aliases on the way to the recipient.
     */
    ReversePath sender(ReversePath own, List<String> way) {
        return own.isNull()
                ? own
                : recipients.aliases().owner(way).map(ReversePath::of).orElse(own);
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
        // Without it an alias that is newer than the table would be taken for an unknown user.
        mail.envelope().recipients().forEach(recipient -> recipients.requireCertainty(recipient.path()));
        // Most messages are for no alias, and their header is not read.
        AliasExpansion expansion = recipients.aliases().expand(mail.envelope(), () -> trace(mail));
        Map<ForwardPath, List<String>> ways = new HashMap<>();
        for (Reached reached : expansion.recipients()) {
            ways.put(reached.recipient().path(), reached.aliases());
        }
        return new Result(mail, expansion, ways);
    }

    private static ForwardTrace trace(MailObject mail) {
        try {
            return ForwardTrace.of(HeaderSection.of(mail.content()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
