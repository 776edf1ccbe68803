package dev.caravan.steps;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.policy.Destinations;
import dev.caravan.queue.NextHop;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.session.PolicyRequest.MailQuestion;
import java.util.stream.Stream;
import org.apache.camel.Exchange;

/** Chooses a transport of the operator's: {@code bean: {ref: destination, method: "send('orders.example', 'orders')"}}. */
public final class TransportChoice implements NonBlockingStep {
    private final Decisions decisions;

    public TransportChoice(Decisions decisions) {
        this.decisions = decisions;
    }

    /**
     * Recipients at a domain, or one mailbox, or all that are not local ({@code *}), go to the queue
     * {@code mail.deliver.<transport>}; of several choices that match a recipient the first is used.
     *
     * @throws IllegalArgumentException if one of the two is malformed; the message is then deferred.
     */
    public void send(
            @Argument(ArgumentForm.RECIPIENTS) String recipients,
            @Argument(ArgumentForm.TRANSPORT) String transport,
            Exchange exchange) {
        String checked = new NextHop(transport, recipients).transport();
        MailExchange view = MailExchange.of(exchange);
        Destinations before = view.destinations();
        Destinations now = before.with(recipients, checked, decisions.place(exchange));
        view.destinations(now);
        if (decisions.isWanted() && isOfUse(before, now, exchange)) {
            String whom = recipients.equals("*") ? "recipients that are not local" : recipients;
            decisions.report(exchange, "destination", () -> "transport " + checked, () -> "for " + whom);
        }
    }

    /**
     * Whether the choice is the first for a recipient of the message. Which domains are local is not known here, so that
     * {@code *} may seem to be of use for a message with only local recipients.
     */
    private static boolean isOfUse(Destinations before, Destinations now, Exchange exchange) {
        Object body = exchange.getMessage().getBody();
        if (!(body instanceof MailObject || body instanceof MailQuestion)) {
            return true;
        }
        return MailExchange.of(exchange).message().envelope().recipients().stream()
                .map(Recipient::path)
                .anyMatch(path -> Stream.of(true, false)
                        .anyMatch(isLocal -> before.choice(path, isLocal).isEmpty()
                                && now.choice(path, isLocal).isPresent()));
    }
}
