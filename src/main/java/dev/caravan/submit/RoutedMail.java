package dev.caravan.submit;

import dev.caravan.dsn.Notification;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * A mail with the ways it leaves by.
 *
 * @param mail the mail as submitted.
 * @param placements an item for each next hop, with its queue; at least one; and what else is stored with the mail.
 * @param expanded the recipients that stood for several others.
 * @param reports the notifications that are among what is stored.
 */
public record RoutedMail(
        MailObject mail, List<Placement> placements, List<Recipient> expanded, List<Notification> reports) {
    public RoutedMail {
        placements = List.copyOf(placements);
        expanded = List.copyOf(expanded);
        reports = List.copyOf(reports);
    }

    /** A mail without notifications. */
    RoutedMail(MailObject mail, List<Placement> placements, List<Recipient> expanded) {
        this(mail, placements, expanded, List.of());
    }

    /** The same with a notification to be stored in the same transaction. */
    RoutedMail with(Notification report, List<Placement> items) {
        List<Placement> all = new ArrayList<>(placements);
        all.addAll(items);
        List<Notification> allReports = new ArrayList<>(reports);
        allReports.add(report);
        return new RoutedMail(mail, all, expanded, allReports);
    }
}
