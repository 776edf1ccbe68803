package dev.caravan.delivery;

import dev.caravan.delivery.AttemptProgress.Stage;
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
import dev.caravan.net.RelayHost;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivery attempts by SMTP: finds the hosts of the destination and tries them in order until each recipient has a result.
 * Every failure is a result, never an exception. Thread-safe.
 */
public final class SmtpDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpDelivery.class);

    /** An upper bound of the time between a look into the cache of dead hosts and the settling of the attempt. */
    private static final Duration UNTIL_SETTLED = Duration.ofSeconds(1);

    private final SmtpDeliverySettings settings;
    private final SmtpClient client;
    private final RouteFinder routes;
    private final DestinationSlots slots;
    private final Clock clock;

    /**
     * Deliveries that share one client.
     *
     * @param random orders hosts of equal preference; thread-safe.
     */
    public SmtpDelivery(
            SmtpDeliverySettings settings, MailDns dns, SmtpClient client, Clock clock, RandomGenerator random) {
        this.settings = settings;
        this.client = client;
        this.routes = new RouteFinder(settings, dns, random);
        this.slots = new DestinationSlots(settings.concurrency());
        this.clock = clock;
    }

    /**
     * Tries to deliver to all recipients of the envelope.
     *
     * @param destination whose hosts are tried. The number of deliveries to relay hosts at once is limited by the caller
     *     alone.
     * @param givenUpAt when a deferred recipient is given up instead: an attempt that ends then also tries hosts that could
     *     not be reached a while ago; {@link Instant#MAX} for never.
     * @param progress is told each stage. If the attempt is given up by it, recipients that were not attempted have the
     *     result {@link NotAttempted}.
     * @return completes, never exceptionally, with a result for each recipient, often on an event loop: dependents must
     *     not block.
     */
    public CompletionStage<DeliveryReport> attempt(
            MailObject mail, SmtpDestination destination, Instant givenUpAt, AttemptProgress progress) {
        return attempted(mail, destination, givenUpAt, progress).whenComplete((report, never) -> progress.end());
    }

    private CompletionStage<DeliveryReport> attempted(
            MailObject mail, SmtpDestination destination, Instant givenUpAt, AttemptProgress progress) {
        List<CompletableFuture<DeliveryReport>> groups = new ArrayList<>();
        try {
            OutboundMail outgoing = new OutboundMail(
                    mail.envelope(),
                    TraceHeader.receivedOctets(mail, settings.own().hostname()),
                    mail.content());
            List<Group> parts = groups(mail.envelope(), destination);
            List<AttemptProgress.Leg> legs =
                    progress.begin(parts.stream().map(Group::destination).toList());
            for (int i = 0; i < parts.size(); i++) {
                groups.add(new GroupAttempt(mail, outgoing, parts.get(i), givenUpAt, legs.get(i)).run());
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
                DeliveryReport.bound(hosts);
            }
            return new DeliveryReport(clock.instant(), results, hosts);
        });
    }

    /**
     * Recipients that are sent to one server together.
     *
     * @param domain whose MX hosts they go to, and which limits their number; for relay hosts unused.
     * @param relayHosts empty for delivery by MX.
     */
    private record Group(Domain domain, List<RelayHost> relayHosts, List<Recipient> recipients) {
        /** For operators. */
        String destination() {
            return relayHosts.isEmpty() ? domain.key() : relayHosts.get(0).toString();
        }
    }

    private static List<Group> groups(Envelope envelope, SmtpDestination destination) {
        List<Recipient> all = envelope.recipients();
        if (destination instanceof SmtpDestination.RelayHosts relay) {
            return List.of(new Group(all.get(0).path().domain(), relay.hosts(), all));
        }
        if (destination instanceof SmtpDestination.MailHosts mailHosts) {
            return List.of(new Group(mailHosts.domain(), List.of(), all));
        }
        if (!(destination instanceof SmtpDestination.RecipientDomains)) {
            throw new AssertionError(destination);
        }
        Map<Domain, List<Recipient>> byDomain = new LinkedHashMap<>();
        for (Recipient recipient : all) {
            byDomain.computeIfAbsent(recipient.path().domain(), unused -> new ArrayList<>())
                    .add(recipient);
        }
        List<Group> groups = new ArrayList<>();
        byDomain.forEach((domain, recipients) -> groups.add(new Group(domain, List.of(), recipients)));
        return groups;
    }

    private static List<RecipientResult> unforeseen(MailObject mail, List<Recipient> recipients, Throwable cause) {
        LOG.error("{} deferred, unexpected failure", mail.id(), cause);
        return deferred(recipients, Diagnosis.ours("4.3.0", "unexpected failure of this server"));
    }

    private static List<RecipientResult> deferred(List<Recipient> recipients, Diagnosis diagnosis) {
        List<RecipientResult> results = new ArrayList<>();
        recipients.forEach(recipient -> results.add(new Deferred(recipient.path(), diagnosis)));
        return results;
    }

    /** The attempt for recipients with the same hosts. Hosts are tried one after another, so there is no concurrent access. */
    private final class GroupAttempt {
        private final MailObject mail;
        private final OutboundMail outgoing;
        private final Domain domain;
        private final List<RelayHost> relayHosts;
        private final Instant givenUpAt;
        private final AttemptProgress.Leg progress;
        private final Map<ForwardPath, Recipient> open = new LinkedHashMap<>();
        private final Map<ForwardPath, RecipientResult> results = new LinkedHashMap<>();
        private final List<HostAttempt> hosts = new ArrayList<>();

        GroupAttempt(
                MailObject mail, OutboundMail outgoing, Group group, Instant givenUpAt, AttemptProgress.Leg progress) {
            this.progress = progress;
            this.givenUpAt = givenUpAt;
            this.mail = mail;
            this.outgoing = outgoing;
            this.domain = group.domain();
            this.relayHosts = group.relayHosts();
            group.recipients().forEach(recipient -> open.put(recipient.path(), recipient));
        }

        CompletableFuture<DeliveryReport> run() {
            List<Recipient> all = List.copyOf(open.values());
            // With relay hosts there is no other destination that would have to wait.
            CompletionStage<Void> attempt = relayHosts.isEmpty() ? place().thenCompose(this::startIfAdmitted) : go();
            return attempt.handle((done, failure) -> {
                        if (failure != null) {
                            List<Recipient> without = all.stream()
                                    .filter(recipient -> !results.containsKey(recipient.path()))
                                    .toList();
                            (progress.isGivenUp() ? givenUp(without) : unforeseen(mail, without, failure))
                                    .forEach(result -> results.put(result.recipient(), result));
                        }
                        return new DeliveryReport(clock.instant(), List.copyOf(results.values()), hosts);
                    })
                    .toCompletableFuture();
        }

        private CompletionStage<Optional<Slot>> place() {
            return progress.await(slots.acquire(destination()), slot -> slot.ifPresent(Slot::release));
        }

        private List<RecipientResult> givenUp(List<Recipient> without) {
            return without.stream()
                    .<RecipientResult>map(recipient -> new NotAttempted(recipient.path(), SmtpClient.GIVEN_UP))
                    .toList();
        }

        private String destination() {
            return domain.key();
        }

        private CompletionStage<Void> startIfAdmitted(Optional<Slot> slot) {
            if (slot.isPresent()) {
                return go().whenComplete((done, failure) -> slot.get().release());
            }
            Diagnosis busy = Diagnosis.ours(
                    "4.4.5", slots.active(destination()) + " deliveries to " + domain + " are in progress");
            open.keySet().forEach(path -> results.put(path, new NotAttempted(path, busy)));
            return CompletableFuture.completedFuture(null);
        }

        private CompletionStage<Void> go() {
            if (progress.isGivenUp()) {
                return CompletableFuture.failedFuture(new CancellationException("given up"));
            }
            try {
                progress.at(Stage.LOOKING_UP_HOSTS);
                CompletionStage<Route> route =
                        relayHosts.isEmpty() ? routes.to(domain) : routes.toRelayHosts(relayHosts);
                return progress.await(route, unused -> {}).thenCompose(this::follow);
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
            if (progress.isGivenUp()) {
                return CompletableFuture.failedFuture(new CancellationException("given up"));
            }
            boolean isLastChance = !clock.instant().plus(UNTIL_SETTLED).isBefore(givenUpAt);
            OutboundMail rest = outgoing.withRecipients(List.copyOf(open.values()));
            RemoteHost target = targets.get(next);
            Instant begun = clock.instant();
            long begunNanos = System.nanoTime();
            return client.send(target, rest, isLastChance, progress).thenCompose(report -> {
                record(target, begun, Duration.ofNanos(System.nanoTime() - begunNanos), report);
                report.answers().forEach(this::learn);
                return tryFrom(targets, next + 1, report.isReached() ? reached + 1 : reached);
            });
        }

        /** Keeps the replies of a host, whatever a later host replies. A host that was not asked is left out. */
        private void record(RemoteHost target, Instant begun, Duration took, HostReport report) {
            List<RecipientResult> answers =
                    report.answers().stream().map(HostReport.Answer::result).toList();
            if (!answers.stream().allMatch(NotAttempted.class::isInstance)) {
                hosts.add(new HostAttempt(target.mta(), target.address(), target.tls(), begun, took, answers));
                // There may be any number of hosts that cannot be reached.
                DeliveryReport.bound(hosts);
            }
        }

        private void learn(HostReport.Answer answer) {
            ForwardPath path = answer.result().recipient();
            Optional<RecipientResult> earlier = Optional.ofNullable(results.get(path));
            // A message is returned only if every host refused it, so an earlier transient reply outweighs a later
            // permanent
            // one. And once a host was asked, the recipient was attempted.
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
