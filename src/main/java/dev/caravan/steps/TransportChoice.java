package dev.caravan.steps;

import dev.caravan.policy.Destinations;
import dev.caravan.queue.NextHop;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import org.apache.camel.Exchange;

/** Chooses a transport of the operator's: {@code bean: {ref: destination, method: "send('orders.example', 'orders')"}}. */
public final class TransportChoice {
    /** The exchange property with the {@link Destinations} chosen so far. */
    public static final String CHOSEN = "destinations";

    /**
     * Recipients at a domain, or one mailbox, or all that are not local ({@code *}), go to the queue {@code mail.deliver.<transport>}; of
     * several choices that fit a recipient the first counts.
     *
     * @throws IllegalArgumentException if one of the two is malformed; then nothing is taken.
     */
    public void send(
            @Argument(ArgumentForm.RECIPIENTS) String recipients,
            @Argument(ArgumentForm.TRANSPORT) String transport,
            Exchange exchange) {
        String checked = new NextHop(transport, recipients).transport();
        Destinations before = exchange.getProperty(CHOSEN, Destinations.NONE, Destinations.class);
        exchange.setProperty(CHOSEN, before.with(recipients, checked));
    }
}
