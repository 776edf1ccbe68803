package dev.caravan.submit;

import dev.caravan.dsn.Notification;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * A message as the queue items that are stored for it.
 *
 * @param mail the message as submitted.
 * @param placements an item for each next hop, with its queue; at least one; and what else is stored with the message.
 * @param expanded the recipients that stood for several others.
 * @param reports the notifications that are among what is stored.
 */
public record SplitMail(
        MailObject mail, List<Placement> placements, List<Recipient> expanded, List<Notification> reports) {
    public SplitMail {
        placements = List.copyOf(placements);
        expanded = List.copyOf(expanded);
        reports = List.copyOf(reports);
    }

    /** The same with a notification to be stored in the same transaction. */
    SplitMail with(Notification report, List<Placement> items) {
        List<Placement> all = new ArrayList<>(placements);
        all.addAll(items);
        List<Notification> allReports = new ArrayList<>(reports);
        allReports.add(report);
        return new SplitMail(mail, all, expanded, allReports);
    }
}
