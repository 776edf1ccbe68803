package dev.caravan.delivery;

import dev.caravan.delivery.DestinationSlots.Slot;
import dev.caravan.delivery.HostRanking.Route;
import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Failed;
import dev.caravan.delivery.RecipientResult.NotAttempted;
import dev.caravan.dns.MailDns;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.net.HostAndPort;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt to deliver a mail by SMTP: finds the hosts of each recipient's domain, or takes the smart host, and tries
 * them in order until each recipient has a result. Trouble of whatever kind is a result, never an exception.
 */
public final class SmtpDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpDelivery.class);

    /** How long it may take at most until what a memory says is settled. */
    private static final Duration UNTIL_SETTLED = Duration.ofSeconds(1);

    private final SmtpDeliverySettings settings;
    private final SmtpClient client;
    private final RouteFinder routes;
    private final DestinationSlots slots;
    private final Clock clock;

    /**
     * Deliveries with one client; may be used by many threads at once.
     *
     * @param random orders hosts of equal preference; safe for many threads.
     */
    public SmtpDelivery(
            SmtpDeliverySettings settings, MailDns dns, SmtpClient client, Clock clock, RandomGenerator random) {
        this.settings = settings;
        this.client = client;
        this.routes = new RouteFinder(settings, dns, random);
        this.slots = new DestinationSlots(settings.turns());
        this.clock = clock;
    }

    /**
     * Tries to deliver to all recipients of the envelope, by MX or to the smart host of the settings.
     *
     * @param givenUpAt when a recipient that is deferred is given up instead: from a moment before, hosts are tried that
     *     could not be reached lately; {@link Instant#MAX} if never.
     * @return completes, never exceptionally, with a result for each recipient, often on an event loop: dependents must
     *     not block.
     */
    public CompletionStage<DeliveryReport> attempt(MailObject mail, Instant givenUpAt) {
        return attempt(mail, settings.smarthost().map(List::of).orElseGet(List::of), givenUpAt);
    }

    /**
     * Tries to deliver to all recipients of the envelope.
     *
     * @param smarthosts tried in this order, and no MX is looked up; empty for delivery by MX. How many deliveries they
     *     get at once is for the caller to say.
     * @param givenUpAt as above.
     * @return as above.
     */
    public CompletionStage<DeliveryReport> attempt(MailObject mail, List<HostAndPort> smarthosts, Instant givenUpAt) {
        List<CompletableFuture<DeliveryReport>> groups = new ArrayList<>();
        try {
            OutboundMail outgoing = new OutboundMail(
                    mail.envelope(),
                    TraceHeader.receivedOctets(mail, settings.own().hostname()),
                    mail.content());
            for (List<Recipient> recipients : groups(mail.envelope(), smarthosts)) {
                groups.add(new GroupAttempt(mail, outgoing, recipients, smarthosts, givenUpAt).run());
            }
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(new DeliveryReport(
                    clock.instant(), unforeseen(mail, mail.envelope().recipients(), e)));
        }
        if (groups.size() == 1) {
            return groups.get(0);
        }
        return CompletableFuture.allOf(groups.toArray(CompletableFuture[]::new)).thenApply(unused -> {
            List<RecipientResult> results = new ArrayList<>();
            List<HostAttempt> hosts = new ArrayList<>();
            for (CompletableFuture<DeliveryReport> group : groups) {
                results.addAll(group.join().results());
                hosts.addAll(group.join().hosts());
            }
            return new DeliveryReport(clock.instant(), results, hosts);
        });
    }

    /** Recipients that one server is told together. */
    private static List<List<Recipient>> groups(Envelope envelope, List<HostAndPort> smarthosts) {
        if (!smarthosts.isEmpty()) {
            return List.of(envelope.recipients());
        }
        Map<String, List<Recipient>> byDomain = new LinkedHashMap<>();
        for (Recipient recipient : envelope.recipients()) {
            byDomain.computeIfAbsent(recipient.path().domain().key(), unused -> new ArrayList<>())
                    .add(recipient);
        }
        return List.copyOf(byDomain.values());
    }

    private static List<RecipientResult> unforeseen(MailObject mail, List<Recipient> recipients, Throwable cause) {
        LOG.error("{} unforeseen trouble, deferred", mail.id(), cause);
        return deferred(recipients, Diagnosis.ours("4.3.0", "unforeseen trouble of this server"));
    }

    private static List<RecipientResult> deferred(List<Recipient> recipients, Diagnosis diagnosis) {
        List<RecipientResult> results = new ArrayList<>();
        recipients.forEach(recipient -> results.add(new Deferred(recipient.path(), diagnosis)));
        return results;
    }

    /** The attempt for recipients that go the same way. Host follows host, so nothing is touched by two threads. */
    private final class GroupAttempt {
        private final MailObject mail;
        private final OutboundMail outgoing;
        private final List<HostAndPort> smarthosts;
        private final Instant givenUpAt;
        private final Map<ForwardPath, Recipient> open = new LinkedHashMap<>();
        private final Map<ForwardPath, RecipientResult> results = new LinkedHashMap<>();
        private final List<HostAttempt> hosts = new ArrayList<>();

        GroupAttempt(
                MailObject mail,
                OutboundMail outgoing,
                List<Recipient> recipients,
                List<HostAndPort> smarthosts,
                Instant givenUpAt) {
            this.givenUpAt = givenUpAt;
            this.mail = mail;
            this.outgoing = outgoing;
            this.smarthosts = smarthosts;
            recipients.forEach(recipient -> open.put(recipient.path(), recipient));
        }

        CompletableFuture<DeliveryReport> run() {
            List<Recipient> all = List.copyOf(open.values());
            // With a smart host there is no other destination that could be kept waiting.
            CompletionStage<Void> attempt =
                    smarthosts.isEmpty() ? slots.acquire(destination()).thenCompose(this::goIfSlot) : go();
            return attempt.handle((done, failure) -> {
                        if (failure != null) {
                            List<Recipient> without = all.stream()
                                    .filter(recipient -> !results.containsKey(recipient.path()))
                                    .toList();
                            unforeseen(mail, without, failure)
                                    .forEach(result -> results.put(result.recipient(), result));
                        }
                        return new DeliveryReport(clock.instant(), List.copyOf(results.values()), hosts);
                    })
                    .toCompletableFuture();
        }

        private String destination() {
            return domain().key();
        }

        private Domain domain() {
            return open.values().iterator().next().path().domain();
        }

        private CompletionStage<Void> goIfSlot(Optional<Slot> slot) {
            if (slot.isPresent()) {
                return go().whenComplete((done, failure) -> slot.get().release());
            }
            Diagnosis busy = Diagnosis.ours(
                    "4.4.5", slots.active(destination()) + " deliveries to " + domain() + " are in hand already");
            open.keySet().forEach(path -> results.put(path, new NotAttempted(path, busy)));
            return CompletableFuture.completedFuture(null);
        }

        private CompletionStage<Void> go() {
            try {
                return (smarthosts.isEmpty() ? routes.to(domain()) : routes.toSmarthosts(smarthosts))
                        .thenCompose(this::follow);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        private CompletionStage<Void> follow(Route route) {
            if (route instanceof Route.Via via) {
                return tryFrom(via.targets(), 0, 0);
            }
            Diagnosis why = ((Route.Nowhere) route).diagnosis();
            open.keySet().forEach(path -> results.put(path, HostReport.refusal(path, why)));
            return CompletableFuture.completedFuture(null);
        }

        private CompletionStage<Void> tryFrom(List<RemoteHost> targets, int next, int reached) {
            if (open.isEmpty() || next == targets.size() || reached == settings.maxAddresses()) {
                return CompletableFuture.completedFuture(null);
            }
            boolean isLastChance = !clock.instant().plus(UNTIL_SETTLED).isBefore(givenUpAt);
            OutboundMail rest = outgoing.withRecipients(List.copyOf(open.values()));
            RemoteHost target = targets.get(next);
            Instant begun = clock.instant();
            long begunNanos = System.nanoTime();
            return client.send(target, rest, isLastChance).thenCompose(report -> {
                record(target, begun, Duration.ofNanos(System.nanoTime() - begunNanos), report);
                report.answers().forEach(this::learn);
                return tryFrom(targets, next + 1, report.isReached() ? reached + 1 : reached);
            });
        }

        /** Keeps what a host said, whatever a later one says; a host that had no turn said nothing. */
        private void record(RemoteHost target, Instant begun, Duration took, HostReport report) {
            List<RecipientResult> answers =
                    report.answers().stream().map(HostReport.Answer::result).toList();
            if (!answers.stream().allMatch(NotAttempted.class::isInstance)) {
                hosts.add(new HostAttempt(target.mta(), target.address(), target.tls(), begun, took, answers));
            }
        }

        private void learn(HostReport.Answer answer) {
            ForwardPath path = answer.result().recipient();
            Optional<RecipientResult> earlier = Optional.ofNullable(results.get(path));
            // Mail is returned only if every host refused it, so a transient no outweighs a later permanent one. And an
            // attempt that reached one host was an attempt.
            boolean isKept = (!answer.isFinal()
                            && answer.result() instanceof Failed
                            && earlier.filter(Deferred.class::isInstance).isPresent())
                    || (answer.result() instanceof NotAttempted && earlier.isPresent());
            if (!isKept) {
                results.put(path, answer.result());
            }
            if (answer.isFinal()) {
                open.remove(path);
            }
        }
    }
}
