package dev.caravan.camel;

import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Placement;
import dev.caravan.policy.AliasFile;
import dev.caravan.policy.AliasFile.ExpandedEnvelope;
import dev.caravan.policy.LocalDomains;
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
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;

/**
 * Expands aliases and splits a mail by next hop, before any delivery route sees it: one item, one exchange, one group
 * of recipients.
 */
public final class NextHops {
    /** The exchange property with the strictest {@link Disposition} that a rule has decided. */
    public static final String DISPOSITION = "disposition";

    private final LocalDomains localDomains;
    private final AliasFile aliases;
    private final Optional<String> smarthost;

    /** @param smarthost all mail for other domains goes there; empty for their MX hosts. */
    public NextHops(LocalDomains localDomains, AliasFile aliases, Optional<String> smarthost) {
        this.localDomains = localDomains;
        this.aliases = aliases;
        this.smarthost = smarthost;
    }

    public Submission split(@Body MailObject mail, @ExchangeProperty(DISPOSITION) Disposition disposition) {
        ExpandedEnvelope expanded = aliases.expand(mail.envelope());
        Map<NextHop, List<Recipient>> groups = new LinkedHashMap<>();
        for (Recipient recipient : expanded.envelope().recipients()) {
            groups.computeIfAbsent(nextHop(recipient), hop -> new ArrayList<>()).add(recipient);
        }
        boolean hold = disposition == Disposition.HOLD;
        List<Placement> placements = new ArrayList<>(groups.size());
        groups.forEach((hop, recipients) -> {
            ItemId id = new ItemId(mail.id(), Integer.toString(placements.size() + 1));
            MailObject part = mail.withEnvelope(expanded.envelope().withRecipients(recipients));
            String queue = hold ? QueueNames.HOLD : QueueNames.deliver(hop);
            placements.add(new Placement(queue, new QueueItem(id, part, hop, Progress.NEW)));
        });
        return new Submission(mail, placements, expanded.expanded());
    }

    private NextHop nextHop(Recipient recipient) {
        if (localDomains.contains(recipient.path().domain())) {
            return new NextHop("local", recipient.path().domain().key());
        }
        return new NextHop("smtp", smarthost.orElse(recipient.path().domain().key()));
    }
}
