package dev.caravan.settle;

import dev.caravan.delivery.AttemptProgress;
import dev.caravan.delivery.AttemptProgress.Stage;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.exchange.MailExchange;
import dev.caravan.queue.QueueItem;
import dev.caravan.store.QueueTransaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The attempts of all {@code deliver:} transports of this server that have not ended. Thread-safe. */
public final class DeliveriesInHand {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveriesInHand.class);

    private final AtomicLong numbers = new AtomicLong();
    private final Set<Hand> hands = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** What happens to an item in the place of the result of an attempt that was given up. */
    public interface Decision {
        /** Adds what follows to the transaction that takes the item from its queue. */
        void decide(QueueItem item, QueueTransaction transaction) throws IOException;
    }

    /** One attempt; it is in hand until it is settled, or its item goes back to its queue. */
    public final class Hand {
        private final long number = numbers.incrementAndGet();
        private final String transport;
        private final QueueItem item;
        private final AttemptProgress progress = new AttemptProgress();
        private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
        private @Nullable Decision decision;
        private volatile boolean isDecided;

        private Hand(String transport, QueueItem item) {
            this.transport = transport;
            this.item = item;
        }

        /** Greater than that of every attempt that began before. */
        public long number() {
            return number;
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

        /**
         * Gives the attempt up and decides about its item instead.
         *
         * @return completes when the attempt has ended: true if the decision is committed. Empty if it is too late to
         *     give the attempt up; it goes on.
         */
        public Optional<CompletionStage<Boolean>> giveUp(Decision instead) {
            synchronized (this) {
                if (decision != null) {
                    return Optional.empty();
                }
                // Before the attempt can notice, since its end reads it.
                decision = instead;
            }
            if (progress.giveUp()) {
                return Optional.of(ended.copy());
            }
            synchronized (this) {
                decision = null;
            }
            return Optional.empty();
        }

        private synchronized Optional<Decision> decision() {
            return Optional.ofNullable(decision);
        }

        /** The steps have ended; if the attempt was given up, that decides about the item, and not their result. */
        void stepsEnded(Exchange exchange, QueueTransaction transaction) {
            progress.settling();
            if (!progress.isGivenUp()) {
                return;
            }
            Optional<Decision> instead = decision();
            if (instead.isPresent()) {
                decide(instead.get(), exchange, transaction);
            } else if (isUntried(exchange)) {
                MailExchange.of(exchange).leaveInQueue("stopping before the host had the message");
            }
        }

        private void decide(Decision instead, Exchange exchange, QueueTransaction transaction) {
            transaction.reset();
            exchange.setException(null);
            try {
                instead.decide(item, transaction);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            transaction.afterCommit(() -> isDecided = true);
        }

        /** The attempt has ended: its item is settled, or goes back to its queue. */
        void end() {
            hands.remove(this);
            ended.complete(isDecided);
        }
    }

    private static boolean isUntried(Exchange exchange) {
        return exchange.getMessage().getBody() instanceof DeliveryReport report
                && report.results().stream().noneMatch(RecipientResult.Delivered.class::isInstance)
                && report.results().stream().anyMatch(RecipientResult.NotAttempted.class::isInstance);
    }

    /** An attempt for an item begins; its steps find the progress with the exchange. */
    Hand begin(String transport, QueueItem item, Exchange exchange) {
        Hand hand = new Hand(transport, item);
        MailExchange.of(exchange).progress(hand.progress);
        hands.add(hand);
        if (stopping) {
            hand.progress.stop();
        }
        return hand;
    }

    /** The number of attempts. */
    public int size() {
        return hands.size();
    }

    /** The attempts at this moment, in no order. */
    public List<Hand> all() {
        return List.copyOf(hands);
    }

    /** How many attempts are at each stage, by transport; those with several destinations count for each. */
    public Map<String, Map<Stage, Long>> counts() {
        Map<String, Map<Stage, Long>> counts = new HashMap<>();
        for (Hand hand : hands) {
            Map<Stage, Long> stages = counts.computeIfAbsent(hand.transport, unused -> new EnumMap<>(Stage.class));
            hand.progress.seen().forEach(seen -> stages.merge(seen.stage(), 1L, Long::sum));
        }
        return counts;
    }

    /** How long the oldest attempt has been in hand; zero if there is none. */
    public Duration oldest() {
        return hands.stream()
                .map(hand -> hand.progress.age())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /**
     * The server stops: attempts by SMTP that have not sent the final dot of the content are given up, also those that
     * begin later, and their items go back. Others go on.
     */
    public void stop() {
        stopping = true;
        int left = 0;
        List<Hand> all = all();
        for (Hand hand : all) {
            left += hand.progress.stop() ? 0 : 1;
        }
        LOG.info(
                "{} deliveries are in hand; {} of them await their last reply or cannot be given up", all.size(), left);
    }
}
