package dev.caravan.submit;

import dev.caravan.dsn.Notification;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import java.util.List;
import java.util.stream.Stream;

/**
 * A message as the queue items that are stored for it.
 *
 * @param mail the message as submitted.
 * @param placements an item for each next hop, with its queue; at least one; and what else is stored with the message.
 * @param expanded the recipients that stood for several others.
 * @param reports the notifications that are among what is stored.
 * @param discarded recipients that get nothing.
 */
public record SplitMail(
        MailObject mail,
        List<Placement> placements,
        List<Recipient> expanded,
        List<Notification> reports,
        List<Discarded> discarded) {
    /**
     * Recipients that get nothing, while the others are handled as usual.
     *
     * @param part the message with these recipients only.
     * @param reason for the log.
     */
    public record Discarded(MailObject part, String reason) {}

    public SplitMail {
        placements = List.copyOf(placements);
        expanded = List.copyOf(expanded);
        reports = List.copyOf(reports);
        discarded = List.copyOf(discarded);
    }

    /** The same with a notification to be stored in the same transaction, which has been split as well. */
    SplitMail with(Notification report, SplitMail split) {
        return new SplitMail(
                mail,
                joined(placements, split.placements),
                expanded,
                joined(reports, List.of(report)),
                joined(discarded, split.discarded));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
