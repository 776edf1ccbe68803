package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.trace.AttemptedRecipient;
import dev.caravan.trace.MailLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Tells the mail log what became of each recipient of an attempt, and which items wait without one. */
public final class AttemptLog {
    private final BusyDestinationLog turns;

    AttemptLog(Clock clock) {
        this.turns = new BusyDestinationLog(clock);
    }

    void attempted(QueueItem item, DeliveryReport report, Settlement settlement) {
        Duration delay = delay(report.at(), settlement);
        for (RecipientResult result : report.results()) {
            if (result instanceof RecipientResult.Untried && !isGivenUp(result, settlement)) {
                untried(item, result, settlement);
                continue;
            }
            AttemptedRecipient trial = trial(item, result, report.at());
            if (result instanceof RecipientResult.Delivered) {
                MailLog.delivered(trial);
            } else if (result instanceof RecipientResult.Deferred && !isGivenUp(result, settlement)) {
                MailLog.deferred(trial, delay);
            } else {
                MailLog.failed(trial);
            }
        }
    }

    private static AttemptedRecipient trial(QueueItem item, RecipientResult result, Instant at) {
        MailObject mail = item.mail();
        return new AttemptedRecipient(
                item.id().toString(),
                mail.envelope().reversePath(),
                result.recipient(),
                mail.content().size(),
                nextHop(item),
                item.progress().attempts() + 1,
                Duration.between(mail.arrival().at(), at),
                result.diagnosis());
    }

    private void untried(QueueItem item, RecipientResult result, Settlement settlement) {
        Placement waiting = settlement.placements().get(0);
        turns.waits(nextHop(item), waiting.queue(), result.diagnosis().line());
        waiting.item()
                .progress()
                .nextAttemptAt()
                .ifPresent(due -> MailLog.parkedForTurn(item.id().toString(), waiting.queue(), due));
    }

    /** An item waits in a queue for a reason of ours. */
    public static void parked(Placement placement) {
        placement
                .item()
                .progress()
                .nextAttemptAt()
                .ifPresent(due -> MailLog.parked(placement.item().id().toString(), placement.queue(), due));
    }

    private static String nextHop(QueueItem item) {
        return item.nextHop().transport() + ":" + item.nextHop().domain();
    }

    private static boolean isGivenUp(RecipientResult result, Settlement settlement) {
        return settlement.placements().stream()
                .filter(placement -> placement.queue().equals(QueueNames.DEAD))
                .flatMap(placement -> placement.item().mail().envelope().recipients().stream())
                .anyMatch(recipient -> recipient.path().equals(result.recipient()));
    }

    private static Duration delay(Instant now, Settlement settlement) {
        Optional<Instant> next = settlement.placements().stream()
                .flatMap(placement -> placement.item().progress().nextAttemptAt().stream())
                .findFirst();
        Duration delay = next.map(at -> Duration.between(now, at)).orElse(Duration.ZERO);
        // The moments between an attempt's end and its settling are nobody's interest.
        return delay.compareTo(Duration.ofSeconds(1)) < 0 ? delay : Duration.ofSeconds((delay.toMillis() + 500) / 1000);
    }
}
