package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Printable;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.trace.AttemptedRecipient;
import dev.caravan.trace.MailLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Tells the mail log what became of each recipient of an attempt, and which items wait without one. */
public final class AttemptLog {
    private static final int MAX_REPLY_OF_HOST = 150;
    private static final int MAX_HOSTS_TEXT = 1000;

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
            AttemptedRecipient trial = trial(item, result, report);
            if (result instanceof RecipientResult.Delivered) {
                MailLog.delivered(trial);
            } else if (result instanceof RecipientResult.Deferred && !isGivenUp(result, settlement)) {
                MailLog.deferred(trial, delay);
            } else {
                MailLog.failed(trial);
            }
        }
    }

    private static AttemptedRecipient trial(QueueItem item, RecipientResult result, DeliveryReport report) {
        MailObject mail = item.mail();
        return new AttemptedRecipient(
                item.id().toString(),
                mail.envelope().reversePath(),
                result.recipient(),
                mail.content().size(),
                nextHop(item),
                item.progress().attempts() + 1,
                Duration.between(mail.arrival().at(), report.at()),
                result.diagnosis(),
                hosts(report.hostsTriedFor(result.recipient())));
    }

    /** What each host said, in the order in which they were tried; empty if it was one, whose answer is the result. */
    public static String hosts(List<HostAttempt> hosts) {
        return hosts.size() < 2
                ? ""
                : Printable.line(
                        hosts.stream().map(AttemptLog::host).collect(Collectors.joining("; ")), MAX_HOSTS_TEXT);
    }

    private static String host(HostAttempt host) {
        String said = host.answers().stream()
                .map(answer -> Printable.line(answer.diagnosis().line(), MAX_REPLY_OF_HOST))
                .collect(Collectors.joining(" "));
        return host.host() + " (" + host.address().getAddress().getHostAddress() + ", "
                + host.took().toMillis() + " ms): " + said;
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
    static void parked(Placement placement) {
        placement
                .item()
                .progress()
                .nextAttemptAt()
                .ifPresent(due -> MailLog.parked(placement.item().id().toString(), placement.queue(), due));
    }

    private static String nextHop(QueueItem item) {
        return item.nextHop().transport() + ":" + item.nextHop().destination();
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
