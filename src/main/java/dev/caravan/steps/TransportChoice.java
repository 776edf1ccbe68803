package dev.caravan.steps;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.queue.NextHop;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
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
        view.destinations(view.destinations().with(recipients, checked, decisions.place(exchange)));
        decisions.report(exchange, "destination", () -> "transport " + checked, () -> "for " + recipients);
    }
}
