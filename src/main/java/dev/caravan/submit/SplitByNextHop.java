package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.Placement;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RecipientProgress;
import dev.caravan.queue.Spool;
import dev.caravan.session.Disposition;
import dev.caravan.submit.RoutedMail.RoutedRecipient;
import dev.caravan.submit.SplitMail.Discarded;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;

/**
 * Step {@code split-by-next-hop} of {@code direct:submit}: makes a queue item for each group of recipients with the
 * same next hop. Recipients at other servers that were reached by different aliases are in different items, since each
 * copy names the aliases by which it was sent on. The body, a {@link RoutedMail}, becomes a {@link SplitMail}.
 */
public final class SplitByNextHop implements Processor, NonBlockingStep.ReadsHeader {
    /** The maximum number of recipients of an item for a transport of the operator's, which are in one header. */
    static final int MOST_TOGETHER = 50;

    private static final Set<String> BUILT_IN = Set.of(ChooseNextHop.SMTP, ChooseNextHop.LOCAL);

    private final Spool spool;
    private final Clock clock;

    /**
     * @param spool stores large contents to which a field is added.
     * @param clock says whether the time is over until which a sender wants a message held back.
     */
    public SplitByNextHop(Spool spool, Clock clock) {
        this.spool = spool;
        this.clock = clock;
    }

    /**
     * Splits the message.
     *
     * @throws IOException if a large content cannot be read or written; nothing is stored then.
     */
    @Override
    public void process(Exchange exchange) throws IOException, InvalidPayloadException {
        RoutedMail routed = exchange.getMessage().getMandatoryBody(RoutedMail.class);
        exchange.getMessage().setBody(split(routed, exchange));
    }

    /**
     * Splits a message into items; they are in {@code mail.hold} if a rule holds the message of the exchange.
     *
     * @param exchange removes temporary contents when it ends.
     * @throws IOException as above.
     */
    SplitMail split(RoutedMail routed, Exchange exchange) throws IOException {
        return new Split(routed, exchange).all();
    }

    /** Recipients that go together: the same next hop, the same sender, and the same aliases if it is another server. */
    private record Group(NextHop hop, List<String> aliases, ReversePath sender) {}

    /** One message on its way to its items; lives for one call. */
    private final class Split {
        private final RoutedMail routed;
        private final MailObject mail;
        private final ForwardMarks marks;
        private final boolean isHeld;
        private final Optional<Hold> hold;
        private final Map<Group, List<Recipient>> groups = new LinkedHashMap<>();
        private final List<Placement> placements = new ArrayList<>();
        private final List<Discarded> discarded = new ArrayList<>();

        Split(RoutedMail routed, Exchange exchange) {
            this.routed = routed;
            this.mail = routed.mail();
            this.marks = new ForwardMarks(mail, spool, exchange);
            MailExchange view = MailExchange.of(exchange);
            this.isHeld = view.disposition() == Disposition.HOLD;
            this.hold = isHeld ? view.hold() : Optional.empty();
        }

        SplitMail all() throws IOException {
            routed.recipients().forEach(this::add);
            for (Map.Entry<Group, List<Recipient>> group : groups.entrySet()) {
                for (List<Recipient> together : together(group.getKey().hop(), group.getValue())) {
                    place(group.getKey(), together);
                }
            }
            for (RoutedRecipient repeated : routed.repeated()) {
                // The Maildir has the message already, so no second copy is stored; the address has its own report.
                Group group =
                        new Group(repeated.nextHop(), List.of(), mail.envelope().reversePath());
                place(group, List.of(repeated.reached().recipient()));
            }
            discard(routed.returned(), ExpandAliases.CAME_BACK);
            returnLooping();
            return new SplitMail(routed.submitted(), placements, routed.expanded(), List.of(), discarded);
        }

        private void add(RoutedRecipient recipient) {
            NextHop hop = recipient.nextHop();
            List<String> aliases = recipient.reached().aliases();
            boolean isLocal = hop.transport().equals(ChooseNextHop.LOCAL);
            if (isLocal) {
                marks.storedBy(aliases);
            }
            Group group = new Group(
                    hop,
                    isLocal ? List.of() : aliases,
                    sender(recipient.reached().owner()));
            groups.computeIfAbsent(group, unused -> new ArrayList<>())
                    .add(recipient.reached().recipient());
        }

        /**
         * The reverse-path with which the message leaves: its own, or that of the owner of the list by which a
         * recipient was reached (RFC 5321 §3.9.2). The reverse-path of a report stays empty, so that no report is sent
         * about it.
         */
        private ReversePath sender(Optional<Mailbox> owner) {
            ReversePath own = mail.envelope().reversePath();
            return own.isNull() ? own : owner.map(ReversePath::of).orElse(own);
        }

        private void place(Group group, List<Recipient> recipients) throws IOException {
            MailObject part = mail.withEnvelope(envelope(group.sender(), recipients));
            MailObject marked =
                    group.aliases().isEmpty() ? part : part.withContent(marks.content(group.aliases(), group.sender()));
            QueueItem item = new QueueItem(nextId(), marked, group.hop(), Progress.NEW);
            placements.add(
                    isHeld
                            ? new Placement(
                                    QueueNames.HOLD, hold.map(item::held).orElse(item))
                            : Outcome.begin(item, clock.instant()));
        }

        private Envelope envelope(ReversePath sender, List<Recipient> recipients) {
            Envelope own = mail.envelope();
            if (sender.equals(own.reversePath())) {
                return own.withRecipients(recipients);
            }
            // The options of the sender are not those of the list's owner: for DSN see RFC 3461 §5.2.7.1, for the
            // deadline RFC 2852 §4.1.4.2, for the submitter RFC 4954 §5.
            List<Recipient> unasked = recipients.stream()
                    .map(recipient -> new Recipient(recipient.path(), Notify.DEFAULT, recipient.original()))
                    .toList();
            MailParameters parameters = own.parameters()
                    .withReturned(Optional.empty())
                    .withEnvelopeId(Optional.empty())
                    .withAuthorization(Optional.empty())
                    .withDeliverBy(Optional.empty());
            return new Envelope(sender, unasked, parameters);
        }

        private ItemId nextId() {
            return new ItemId(mail.id(), Integer.toString(placements.size() + 1));
        }

        private void discard(List<Recipient> recipients, String reason) {
            if (!recipients.isEmpty()) {
                MailObject part = mail.withEnvelope(mail.envelope().withRecipients(recipients));
                discarded.add(new Discarded(part, reason));
            }
        }

        /** Recipients whose message came back fail, and the others get it. */
        private void returnLooping() {
            List<Recipient> looping = routed.looping();
            if (looping.isEmpty()) {
                return;
            }
            if (mail.envelope().reversePath().isNull()) {
                // A report to the postmaster about it would go the same way again.
                discard(looping, ExpandAliases.loop(looping.get(0)));
                return;
            }
            MailObject part = mail.withEnvelope(mail.envelope().withRecipients(looping));
            Map<ForwardPath, RecipientProgress> failed = new HashMap<>();
            for (Recipient recipient : looping) {
                Diagnosis diagnosis = Diagnosis.ours(ExpandAliases.LOOP, ExpandAliases.loop(recipient));
                failed.put(recipient.path(), new RecipientProgress(false, true, Optional.of(diagnosis)));
            }
            NextHop hop = new NextHop(
                    ChooseNextHop.LOCAL, looping.get(0).path().domain().key());
            Progress progress = new Progress(0, List.of(), failed, Optional.empty());
            placements.add(new Placement(QueueNames.DEAD, new QueueItem(nextId(), part, hop, progress)));
        }
    }

    /** The recipients of each item. */
    private static List<List<Recipient>> together(NextHop hop, List<Recipient> all) {
        int most = BUILT_IN.contains(hop.transport()) ? all.size() : MOST_TOGETHER;
        List<List<Recipient>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += most) {
            parts.add(all.subList(from, Math.min(all.size(), from + most)));
        }
        return parts;
    }
}
