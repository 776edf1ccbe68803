package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.outcome.Placement;
import dev.caravan.policy.AliasExpansion;
import dev.caravan.policy.AliasExpansion.Reached;
import dev.caravan.policy.Destinations;
import dev.caravan.policy.LocalDomains;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;

/**
 * Splits a message by next hop, before any delivery route sees it: one item, one exchange, one group of recipients.
 * Recipients at other servers that were reached by different aliases are in different items, as each copy says by which
 * aliases it was sent on.
 */
public final class NextHopSplitter implements NonBlockingStep.ReadsHeader {
    /** The most recipients of one item that leaves by a transport of the operator's: they go into a header. */
    static final int MOST_TOGETHER = 50;

    private static final String LOCAL = "local";
    private static final Set<String> BUILT_IN = Set.of("smtp", LOCAL);

    private final LocalDomains localDomains;
    private final ExpandAliases aliases;
    private final Optional<String> smarthost;
    private final Spool spool;
    private final MailEvents events;

    /**
     * @param aliases are expanded here if no step has done so before.
     * @param smarthost all mail for other domains goes there; empty for their MX hosts.
     * @param spool takes large contents that get a field.
     */
    public NextHopSplitter(
            LocalDomains localDomains,
            ExpandAliases aliases,
            Optional<String> smarthost,
            Spool spool,
            MailEvents events) {
        this.events = events;
        this.localDomains = localDomains;
        this.aliases = aliases;
        this.smarthost = smarthost;
        this.spool = spool;
    }

    /**
     * Splits the message at hand.
     *
     * @return a {@link RoutedMail}; or the refusal of a loop, where the route ends.
     * @throws IOException if a large content cannot be read or written; nothing is stored then.
     * @throws InvalidPayloadException if the body is no message; likewise.
     */
    public Object split(Exchange exchange) throws IOException, InvalidPayloadException {
        MailObject mail = exchange.getMessage().getMandatoryBody(MailObject.class);
        if (ExpandAliases.of(mail.id(), exchange).isEmpty()) {
            // The submit route is an operator's own, older than the step that expands aliases.
            aliases.process(exchange);
            if (exchange.isRouteStop()) {
                return exchange.getMessage().getBody();
            }
            mail = exchange.getMessage().getMandatoryBody(MailObject.class);
        }
        ExpandAliases.Result result = ExpandAliases.of(mail.id(), exchange).orElseThrow();
        List<Placement> placements = place(mail, result, exchange);
        MailObject submitted = result.submitted().withContent(mail.content());
        return new RoutedMail(submitted, placements, result.expansion().expanded());
    }

    /** The items of a report that is stored with the message at hand. */
    List<Placement> placeReport(MailObject report, Exchange exchange) throws IOException {
        ExpandAliases.Result result = aliases.expand(report);
        return result.expansion()
                .envelope(report.envelope())
                .map(report::withEnvelope)
                .map(expanded -> new Split(expanded, result, exchange))
                .orElseThrow()
                .placements();
    }

    private List<Placement> place(MailObject mail, ExpandAliases.Result result, Exchange exchange) throws IOException {
        return new Split(mail, result, exchange).placements();
    }

    /** Recipients that go together: the same next hop, the same sender, and the same aliases if it is another server. */
    private record Group(NextHop hop, List<String> aliases, ReversePath sender) {}

    /** One message on its way to its items; lives for one call. */
    private final class Split {
        private final MailObject mail;
        private final ExpandAliases.Result result;
        private final ForwardMarks marks;
        private final Destinations destinations;
        private final Set<String> copies;
        private final boolean isHeld;
        private final Optional<Hold> hold;
        private final Map<Group, List<Recipient>> groups = new LinkedHashMap<>();
        private final List<Placement> placements = new ArrayList<>();

        Split(MailObject mail, ExpandAliases.Result result, Exchange exchange) {
            this.mail = mail;
            this.result = result;
            this.marks = new ForwardMarks(mail, spool, exchange);
            MailExchange view = MailExchange.of(exchange);
            this.destinations = view.destinations();
            this.copies = view.copies();
            this.isHeld = view.disposition() == Disposition.HOLD;
            this.hold = isHeld ? view.hold() : Optional.empty();
        }

        List<Placement> placements() throws IOException {
            mail.envelope().recipients().forEach(this::add);
            for (Map.Entry<Group, List<Recipient>> group : groups.entrySet()) {
                for (List<Recipient> together : together(group.getKey().hop(), group.getValue())) {
                    place(group.getKey(), together);
                }
            }
            reportAgain();
            returnLooping();
            return placements;
        }

        private void add(Recipient recipient) {
            List<String> way = result.ways().get(recipient.path());
            if (way != null) {
                add(recipient, way);
                return;
            }
            // A step behind the expansion has added it.
            AliasExpansion later = aliases.expand(
                            mail.withEnvelope(mail.envelope().withRecipients(List.of(recipient))))
                    .expansion();
            for (Reached reached : later.recipients()) {
                List<String> aliasesOnTheWay = new ArrayList<>(reached.aliases());
                String copied = recipient.path().mailbox().key();
                if (copies.contains(copied) && !aliasesOnTheWay.contains(copied)) {
                    aliasesOnTheWay.add(0, copied);
                }
                if (!result.ways().containsKey(reached.recipient().path())) {
                    add(reached.recipient(), aliasesOnTheWay);
                }
            }
        }

        private void add(Recipient recipient, List<String> way) {
            NextHop hop = nextHop(recipient, destinations);
            boolean isLocal = hop.transport().equals(LOCAL);
            if (isLocal) {
                marks.storedBy(way);
            }
            ReversePath sender = aliases.sender(mail.envelope().reversePath(), way);
            groups.computeIfAbsent(new Group(hop, isLocal ? List.of() : way, sender), unused -> new ArrayList<>())
                    .add(recipient);
        }

        private void place(Group group, List<Recipient> recipients) throws IOException {
            MailObject part = mail.withEnvelope(envelope(group.sender(), recipients));
            MailObject marked =
                    group.aliases().isEmpty() ? part : part.withContent(marks.content(group.aliases(), group.sender()));
            String queue = isHeld ? QueueNames.HOLD : QueueNames.deliver(group.hop());
            QueueItem item = new QueueItem(nextId(), marked, group.hop(), Progress.NEW);
            placements.add(new Placement(queue, hold.map(item::held).orElse(item)));
        }

        private Envelope envelope(ReversePath sender, List<Recipient> recipients) {
            Envelope own = mail.envelope();
            if (sender.equals(own.reversePath())) {
                return own.withRecipients(recipients);
            }
            // The wishes of the sender to the list are not those of its owner (RFC 3461 §5.2.7.1).
            List<Recipient> unasked = recipients.stream()
                    .map(recipient -> new Recipient(recipient.path(), Notify.DEFAULT, recipient.original()))
                    .toList();
            MailParameters parameters =
                    MailParameters.NONE.withBody(own.parameters().body());
            return new Envelope(sender, unasked, parameters);
        }

        private ItemId nextId() {
            return new ItemId(mail.id(), Integer.toString(placements.size() + 1));
        }

        /** Who is addressed twice gets one copy, for the Maildir knows the message; each address has its own report. */
        private void reportAgain() throws IOException {
            for (Recipient recipient : result.expansion().again()) {
                NextHop hop = nextHop(recipient, destinations);
                if (hop.transport().equals(LOCAL)) {
                    place(new Group(hop, List.of(), mail.envelope().reversePath()), List.of(recipient));
                }
            }
        }

        /** Recipients whose message came back fail, and the others get it. */
        private void returnLooping() {
            List<Recipient> looping = result.expansion().looping();
            if (looping.isEmpty()) {
                return;
            }
            MailObject part = mail.withEnvelope(mail.envelope().withRecipients(looping));
            if (mail.envelope().reversePath().isNull()) {
                // A notice to the postmaster about it would go the same way again.
                events.recipientsDiscarded(part, ExpandAliases.loop(looping.get(0)));
                return;
            }
            Map<ForwardPath, RecipientProgress> failed = new HashMap<>();
            for (Recipient recipient : looping) {
                Diagnosis diagnosis = Diagnosis.ours(ExpandAliases.STATUS, ExpandAliases.loop(recipient));
                failed.put(recipient.path(), new RecipientProgress(false, true, Optional.of(diagnosis)));
            }
            NextHop hop = new NextHop(LOCAL, looping.get(0).path().domain().key());
            Progress progress = new Progress(0, List.of(), failed, Optional.empty());
            placements.add(new Placement(QueueNames.DEAD, new QueueItem(nextId(), part, hop, progress)));
        }
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
            return new NextHop(LOCAL, recipient.path().domain().key());
        }
        return new NextHop("smtp", smarthost.orElse(recipient.path().domain().key()));
    }
}
