package dev.caravan.settle;

import dev.caravan.delivery.AttemptProgress;
import dev.caravan.exchange.MailExchange;
import dev.caravan.queue.QueueItem;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;

/** The attempts of all {@code deliver:} transports of this server that have not ended. Thread-safe. */
public final class DeliveriesInHand {
    private final Set<Hand> hands = ConcurrentHashMap.newKeySet();

    /** One attempt; it is in hand until {@link #end}. */
    public final class Hand {
        private final String transport;
        private final QueueItem item;
        private final AttemptProgress progress = new AttemptProgress();

        private Hand(String transport, QueueItem item) {
            this.transport = transport;
            this.item = item;
        }

        /** NAME of {@code deliver:NAME}. */
        public String transport() {
            return transport;
        }

        /** As it was taken from its queue. */
        public QueueItem item() {
            return item;
        }

        public AttemptProgress progress() {
            return progress;
        }

        /** The attempt has ended: its item is settled, or goes back to its queue. */
        void end() {
            hands.remove(this);
        }
    }

    /** An attempt for an item begins; its steps find the progress with the exchange. */
    Hand begin(String transport, QueueItem item, Exchange exchange) {
        Hand hand = new Hand(transport, item);
        MailExchange.of(exchange).progress(hand.progress);
        hands.add(hand);
        return hand;
    }

    /** The attempts at this moment, in no order. */
    public List<Hand> all() {
        return List.copyOf(hands);
    }
}
