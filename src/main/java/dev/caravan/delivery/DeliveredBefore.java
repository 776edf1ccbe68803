package dev.caravan.delivery;

import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Delivers nothing twice although the broker hands out an item twice: it does so when it went away before a delivery
 * could be written down. Who has the mail by then is remembered until it is written down, and not sent it again.
 *
 * <p>This is memory and no record: a server that dies forgets, and another one does not know.
 */
public final class DeliveredBefore {
    /** Many more than deliveries can be in hand; only a broker that never says whether it committed could exceed it. */
    static final int MOST = 20_000;

    private final Function<MailObject, CompletionStage<DeliveryReport>> delivery;
    private final Map<String, DeliveryReport> unwritten = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DeliveryReport> eldest) {
            return size() > MOST;
        }
    };

    /** @param delivery makes one attempt for all recipients of a mail. */
    public DeliveredBefore(Function<MailObject, CompletionStage<DeliveryReport>> delivery) {
        this.delivery = delivery;
    }

    /**
     * Makes the attempt for those recipients who do not have the mail yet.
     *
     * @param attempt what only this attempt is called: the same if it is repeated because it was not written down,
     *     another for the next attempt.
     * @return a result for each recipient, as the delivery gives it or gave it before.
     */
    public CompletionStage<DeliveryReport> attempt(String attempt, MailObject mail) {
        Optional<DeliveryReport> before = recall(attempt);
        if (before.isEmpty()) {
            return delivery.apply(mail).thenApply(report -> note(attempt, report));
        }
        List<RecipientResult> done = new ArrayList<>();
        List<Recipient> open = new ArrayList<>();
        for (Recipient recipient : mail.envelope().recipients()) {
            delivered(before.get(), recipient.path()).ifPresentOrElse(done::add, () -> open.add(recipient));
        }
        if (open.isEmpty()) {
            return CompletableFuture.completedFuture(
                    new DeliveryReport(before.get().at(), done));
        }
        MailObject rest = mail.withEnvelope(mail.envelope().withRecipients(open));
        return delivery.apply(rest).thenApply(report -> {
            done.addAll(report.results());
            return note(attempt, new DeliveryReport(report.at(), done));
        });
    }

    private static Optional<Delivered> delivered(DeliveryReport report, ForwardPath recipient) {
        return report.results().stream()
                .filter(Delivered.class::isInstance)
                .map(Delivered.class::cast)
                .filter(result -> result.recipient().equals(recipient))
                .findFirst();
    }

    private synchronized Optional<DeliveryReport> recall(String attempt) {
        return Optional.ofNullable(unwritten.get(attempt));
    }

    private synchronized DeliveryReport note(String attempt, DeliveryReport report) {
        if (report.results().stream().anyMatch(Delivered.class::isInstance)) {
            unwritten.put(attempt, report);
        }
        return report;
    }

    /** The outcome of the attempt is durable: nobody will ask for it again. */
    public synchronized void written(String attempt) {
        unwritten.remove(attempt);
    }
}
