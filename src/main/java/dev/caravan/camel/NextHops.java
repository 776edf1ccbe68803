package dev.caravan.camel;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import dev.caravan.policy.AliasFile;
import dev.caravan.policy.AliasFile.ExpandedEnvelope;
import dev.caravan.policy.Destinations;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.session.Disposition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;

/**
 * Expands aliases and splits a mail by next hop, before any delivery route sees it: one item, one exchange, one group
 * of recipients.
 */
public final class NextHops {
    /** The exchange property with the strictest {@link Disposition} that a rule has decided. */
    public static final String DISPOSITION = "disposition";

    /** The most recipients of one item that leaves by a transport of the operator's: they go into a header. */
    static final int MOST_TOGETHER = 50;

    private static final Set<String> BUILT_IN = Set.of("smtp", "local");

    private final LocalDomains localDomains;
    private final LocalRecipients localRecipients;
    private final AliasFile aliases;
    private final Optional<String> smarthost;

    /** @param smarthost all mail for other domains goes there; empty for their MX hosts. */
    public NextHops(LocalRecipients localRecipients, Optional<String> smarthost) {
        this.localDomains = localRecipients.localDomains();
        this.localRecipients = localRecipients;
        this.aliases = localRecipients.aliases();
        this.smarthost = smarthost;
    }

    public Submission split(
            @Body MailObject mail,
            @ExchangeProperty(DISPOSITION) @Nullable Disposition disposition,
            @ExchangeProperty(Destination.CHOSEN) @Nullable Destinations chosen) {
        Destinations destinations = chosen == null ? Destinations.NONE : chosen;
        // Without it an alias that is newer than the table would be taken for an unknown user.
        mail.envelope().recipients().forEach(recipient -> localRecipients.requireCertainty(recipient.path()));
        ExpandedEnvelope expanded = aliases.expand(mail.envelope());
        Map<NextHop, List<Recipient>> groups = new LinkedHashMap<>();
        for (Recipient recipient : expanded.envelope().recipients()) {
            groups.computeIfAbsent(nextHop(recipient, destinations), hop -> new ArrayList<>())
                    .add(recipient);
        }
        boolean hold = disposition == Disposition.HOLD;
        List<Placement> placements = new ArrayList<>(groups.size());
        groups.forEach((hop, all) -> together(hop, all).forEach(recipients -> {
            ItemId id = new ItemId(mail.id(), Integer.toString(placements.size() + 1));
            MailObject part = mail.withEnvelope(expanded.envelope().withRecipients(recipients));
            String queue = hold ? QueueNames.HOLD : QueueNames.deliver(hop);
            placements.add(new Placement(queue, new QueueItem(id, part, hop, Progress.NEW)));
        }));
        return new Submission(mail, placements, expanded.expanded());
    }

    /** Those who go in one item. */
    private static List<List<Recipient>> together(NextHop hop, List<Recipient> all) {
        int most = BUILT_IN.contains(hop.transport()) ? all.size() : MOST_TOGETHER;
        List<List<Recipient>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += most) {
            parts.add(all.subList(from, Math.min(all.size(), from + most)));
        }
        return parts;
    }

    private NextHop nextHop(Recipient recipient, Destinations destinations) {
        boolean isLocal = localDomains.contains(recipient.path().domain());
        Optional<String> transport = destinations.transport(recipient.path(), isLocal);
        if (transport.isPresent()) {
            return new NextHop(transport.get(), recipient.path().domain().key());
        }
        if (isLocal) {
            return new NextHop("local", recipient.path().domain().key());
        }
        return new NextHop("smtp", smarthost.orElse(recipient.path().domain().key()));
    }
}
