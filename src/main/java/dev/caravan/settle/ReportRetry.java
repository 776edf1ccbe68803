package dev.caravan.settle;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.dsn.HeaderOnlyReport;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.Attempt;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Sends a report that another server rejects for its size or content once more, at once, with the header of the
 * returned message only. It would be given up otherwise, and the sender would never learn that the message failed.
 */
final class ReportRetry {
    /** Replies that are not about a mailbox if they have no enhanced status code. */
    private static final Set<String> OF_CONTENT = Set.of("500", "501", "552", "554", "555");

    private ReportRetry() {}

    /**
     * The settlement with another attempt for such recipients.
     *
     * @throws IOException if the report cannot be read; nothing is settled then.
     */
    static Settlement of(QueueItem item, DeliveryReport report, Settlement settlement) throws IOException {
        if (!Arrival.OWN_REPORT.equals(item.mail().arrival().protocol())) {
            return settlement;
        }
        Map<ForwardPath, Diagnosis> refused = new HashMap<>();
        for (RecipientResult result : report.results()) {
            if (result instanceof RecipientResult.Failed && isOfContent(result.diagnosis())) {
                refused.put(result.recipient(), result.diagnosis());
            }
        }
        List<Recipient> again = item.recipients().stream()
                .filter(recipient -> refused.containsKey(recipient.path()))
                .toList();
        Optional<Content> smaller = again.isEmpty()
                ? Optional.empty()
                : HeaderOnlyReport.of(item.mail().content());
        return smaller.isPresent() ? settlement(item, report, settlement, smaller.get(), again, refused) : settlement;
    }

    private static Settlement settlement(
            QueueItem item,
            DeliveryReport report,
            Settlement before,
            Content smaller,
            List<Recipient> again,
            Map<ForwardPath, Diagnosis> refused) {
        List<Placement> placements = new ArrayList<>();
        Set<ForwardPath> paths = new HashSet<>(refused.keySet());
        for (Placement placement : before.placements()) {
            List<Recipient> rest = placement.item().recipients().stream()
                    .filter(recipient ->
                            !placement.queue().equals(QueueNames.DEAD) || !paths.contains(recipient.path()))
                    .toList();
            if (!rest.isEmpty()) {
                placements.add(new Placement(placement.queue(), placement.item().withRecipients(rest)));
            }
        }
        int attempts = item.progress().attempts() + 1;
        Map<ForwardPath, RecipientProgress> states = new HashMap<>();
        refused.forEach((path, said) -> states.put(path, new RecipientProgress(false, false, Optional.of(said))));
        // Each of them has been refused, the first too.
        Diagnosis first = Objects.requireNonNull(refused.get(again.get(0).path()));
        Attempt attempt = Attempt.of(report.at(), first);
        Progress progress = new Progress(attempts, item.progress().logWith(attempt), states, Optional.empty());
        MailObject mail = item.mail();
        Envelope envelope = new Envelope(
                mail.envelope().reversePath(),
                again,
                mail.envelope().parameters().withBody(Body.SEVEN_BIT));
        // An id of its own: the file of the larger report has the item's id.
        QueueItem next = item.withId(item.id().afterAttempt(attempts))
                .withMail(mail.withEnvelope(envelope).withContent(smaller))
                .withProgress(progress);
        String queue = QueueNames.deliver(item.nextHop());
        boolean isTaken =
                placements.stream().anyMatch(placed -> placed.item().id().equals(next.id()));
        placements.add(new Placement(queue, isTaken ? next.withId(next.id().afterAttempt(attempts)) : next));
        return new Settlement(placements, before.notices());
    }

    /** Whether a rejection may be about the report itself, and not about the mailbox or the way to it. */
    static boolean isOfContent(Diagnosis diagnosis) {
        int subject = diagnosis.status().subject();
        int detail = diagnosis.status().detail();
        return switch (subject) {
            case 0 ->
                OF_CONTENT.contains(diagnosis
                        .reply()
                        .substring(0, Math.min(3, diagnosis.reply().length())));
            case 2 -> detail == 3;
            case 3, 5, 6, 7 -> true;
            default -> false;
        };
    }
}
