package dev.caravan.delivery;

import dev.caravan.delivery.AttemptProgress.Stage;
import dev.caravan.delivery.DeliveryAdmission.Admission;
import dev.caravan.delivery.HostRanking.Route;
import dev.caravan.delivery.RecipientResult.Deferred;
import dev.caravan.delivery.RecipientResult.Failed;
import dev.caravan.delivery.RecipientResult.NotAttempted;
import dev.caravan.dns.MailDns;
import dev.caravan.login.SmartHost;
import dev.caravan.login.SmartHostGate;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.net.RelayHost;
import dev.caravan.net.TlsPolicy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivery attempts by SMTP: finds the hosts of the destination and tries them in order until each recipient has a result.
 * Every failure is a result, never an exception. Thread-safe.
 */
public final class SmtpDelivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpDelivery.class);

    /** An upper bound of the time between a look into the cache of dead hosts and the settling of the attempt. */
    private static final Duration UNTIL_SETTLED = Duration.ofSeconds(1);

    /** A smart host, what is used otherwise, and so on. */
    private static final int MAX_SMART_HOSTS = 10;

    private static final String HOST_SEPARATOR = " ";
    private static final String LOOKUP = "hosts of ";

    private final SmtpDeliverySettings settings;
    private final SmtpClient client;
    private final RouteFinder routes;
    private final DeliveryAdmission admission;
    private volatile DestinationRule.Table table = DestinationRule.Table.EMPTY;
    private volatile TlsPolicy usualTls = TlsPolicy.NONE;
    private volatile Function<String, Optional<SmartHost>> smartHosts = name -> Optional.empty();
    private volatile Optional<SmartHostGate> gate = Optional.empty();
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
        this.admission = new DeliveryAdmission(settings.concurrency());
        client.keepFewWhile(admission::isScarce);
        this.clock = clock;
    }

    /** Takes over what the operator says about destinations; it is asked at each attempt. */
    public void table(DestinationRule.Table other) {
        table = other;
    }

    /** What connections require of TLS where nothing else is said. */
    public void usualTls(TlsPolicy policy) {
        usualTls = policy;
    }

    /**
     * Lets mail go by smart hosts that have names.
     *
     * @param named the smart host of a name, as the operator's table has it now.
     * @param gate says whether they may be used now.
     */
    public void smartHosts(Function<String, Optional<SmartHost>> named, SmartHostGate gate) {
        smartHosts = named;
        this.gate = Optional.of(gate);
    }

    /** From here parked items are taken when there are places; until then none is parked. */
    public void parkedMail(ParkedMailSource source) {
        admission.parkedMail(source);
    }

    /** An item is in its lane: the transaction that parked it is committed. */
    public void parked(String transport, ParkingLane lane) {
        admission.parked(transport, lane);
    }

    /** The broker has a lane that may have items, parked before this server started or by another one. */
    public void found(String transport, ParkingLane lane) {
        admission.found(transport, lane);
    }

    /**
     * A lane of a transport.
     *
     * @param transport the name after {@code mail.deliver.}.
     */
    public record Lane(String transport, ParkingLane lane) {}

    /** The lanes that have items, as far as is known. */
    public List<Lane> lanes() {
        return admission.lanesWithItems().stream()
                .map(key -> new Lane(key.transport(), key.lane()))
                .toList();
    }

    /**
     * Has items of a lane taken whether there are places for them or not.
     *
     * @return how many were taken: none while others are being taken from the lane.
     */
    public CompletionStage<Integer> take(Lane lane, int most) {
        return admission.take(lane.transport(), lane.lane(), most);
    }

    /** What runs and waits now. */
    public PacingSnapshot pacing() {
        return admission.snapshot();
    }

    /**
     * Tries to deliver to all recipients of the envelope. If there is no place soon, they are not attempted.
     *
     * @param destination whose hosts are tried.
     * @param givenUpAt when a deferred recipient is given up instead: an attempt that ends then also tries hosts that could
     *     not be reached a while ago; {@link Instant#MAX} for never.
     * @param progress is told each stage. If the attempt is given up by it, recipients that were not attempted have the
     *     result {@link NotAttempted}.
     * @return completes, never exceptionally, with a result for each recipient, often on an event loop: dependents must
     *     not block.
     */
    public CompletionStage<DeliveryReport> attempt(
            MailObject mail, SmtpDestination destination, Instant givenUpAt, AttemptProgress progress) {
        return attempt(mail, destination, givenUpAt, progress, ItemOrigin.UNKNOWN)
                .thenApply(result -> ((DeliveryResult.Reported) result).report());
    }

    /**
     * The same for an item that may be parked if there is no place soon.
     *
     * @param origin where the item comes from.
     * @return as the other one; or that the item is to be parked, and nothing was attempted.
     */
    public CompletionStage<DeliveryResult> attempt(
            MailObject mail,
            SmtpDestination destination,
            Instant givenUpAt,
            AttemptProgress progress,
            ItemOrigin origin) {
        return attempt(mail, destination, givenUpAt, progress, origin, Optional.empty());
    }

    /**
     * The same under a policy.
     *
     * @param tls what connections require, whatever the operator's table says; empty for what it says.
     */
    public CompletionStage<DeliveryResult> attempt(
            MailObject mail,
            SmtpDestination destination,
            Instant givenUpAt,
            AttemptProgress progress,
            ItemOrigin origin,
            Optional<TlsPolicy> tls) {
        return attempted(mail, destination, givenUpAt, progress, origin, tls)
                .whenComplete((report, never) -> progress.end());
    }

    private CompletionStage<DeliveryResult> attempted(
            MailObject mail,
            SmtpDestination destination,
            Instant givenUpAt,
            AttemptProgress progress,
            ItemOrigin origin,
            Optional<TlsPolicy> tls) {
        List<GroupAttempt> attempts = new ArrayList<>();
        List<CompletableFuture<DeliveryReport>> groups = new ArrayList<>();
        try {
            OutboundMail outgoing = new OutboundMail(
                    mail.id(),
                    mail.envelope(),
                    TraceHeader.receivedOctets(mail, settings.own().hostname()),
                    mail.content());
            List<Group> parts = groups(mail.envelope(), destination);
            // An item whose recipients go different ways cannot wait in the lane of one of them.
            ItemOrigin parking = parts.size() == 1 ? origin : ItemOrigin.UNKNOWN;
            List<AttemptProgress.Leg> legs =
                    progress.begin(parts.stream().map(Group::destination).toList());
            for (int i = 0; i < parts.size(); i++) {
                attempts.add(new GroupAttempt(mail, outgoing, parts.get(i), givenUpAt, parking, legs.get(i), tls));
            }
            attempts.forEach(attempt -> groups.add(attempt.run()));
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(new DeliveryResult.Reported(new DeliveryReport(
                    clock.instant(), unforeseen(mail, mail.envelope().recipients(), e))));
        }
        if (groups.size() == 1) {
            GroupAttempt only = attempts.get(0);
            return groups.get(0)
                    .thenApply(report -> only.parkedIn.isPresent()
                            ? new DeliveryResult.Parked(only.parkedIn.get())
                            : new DeliveryResult.Reported(report));
        }
        return CompletableFuture.allOf(groups.toArray(CompletableFuture[]::new)).thenApply(unused -> {
            List<RecipientResult> results = new ArrayList<>();
            List<HostAttempt> hosts = new ArrayList<>();
            for (CompletableFuture<DeliveryReport> group : groups) {
                results.addAll(group.join().results());
                hosts.addAll(group.join().hosts());
                DeliveryReport.bound(hosts);
            }
            return new DeliveryResult.Reported(new DeliveryReport(clock.instant(), results, hosts));
        });
    }

    /** Attempts that wait for a place end; none starts any more. */
    @Override
    public void close() {
        admission.close();
    }

    /**
     * Recipients that are sent to one server together.
     *
     * @param way to take.
     */
    private record Group(SmtpDestination.OneWay way, List<Recipient> recipients) {
        /** For operators. */
        String destination() {
            if (way instanceof SmtpDestination.MailHosts mailHosts) {
                return mailHosts.domain().key();
            } else if (way instanceof SmtpDestination.RelayHosts relay) {
                return relay.hosts().get(0).toString();
            } else if (way instanceof SmtpDestination.Via via) {
                return via.host().name();
            }
            throw new AssertionError(way);
        }
    }

    private static List<Group> groups(Envelope envelope, SmtpDestination destination) {
        List<Recipient> all = envelope.recipients();
        Map<SmtpDestination.OneWay, List<Recipient>> byWay = new LinkedHashMap<>();
        for (Recipient recipient : all) {
            byWay.computeIfAbsent(way(recipient.path(), destination), unused -> new ArrayList<>())
                    .add(recipient);
        }
        List<Group> groups = new ArrayList<>();
        byWay.forEach((way, recipients) -> groups.add(new Group(way, recipients)));
        return groups;
    }

    private static SmtpDestination.OneWay way(ForwardPath recipient, SmtpDestination destination) {
        if (destination instanceof SmtpDestination.OneWay oneWay) {
            return oneWay;
        } else if (destination instanceof SmtpDestination.RecipientDomains) {
            return new SmtpDestination.MailHosts(recipient.domain());
        } else if (destination instanceof SmtpDestination.Several several) {
            return several.ways().getOrDefault(recipient, new SmtpDestination.MailHosts(recipient.domain()));
        }
        throw new AssertionError(destination);
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
        private final SmtpDestination.OneWay way;
        private final Instant givenUpAt;
        private final AttemptProgress.Leg progress;
        private final ItemOrigin origin;
        private final Optional<TlsPolicy> routeTls;
        private DestinationRule rule = DestinationRule.NONE;
        private List<String> usualNames = List.of();
        private Optional<SmartHostGate.Permit> permit = Optional.empty();
        private AttemptNews news = AttemptNews.NONE;
        private Optional<ParkingLane> parkedIn = Optional.empty();
        private final Map<ForwardPath, Recipient> open = new LinkedHashMap<>();
        private final Map<ForwardPath, RecipientResult> results = new LinkedHashMap<>();
        private final List<HostAttempt> hosts = new ArrayList<>();

        GroupAttempt(
                MailObject mail,
                OutboundMail outgoing,
                Group group,
                Instant givenUpAt,
                ItemOrigin origin,
                AttemptProgress.Leg progress,
                Optional<TlsPolicy> routeTls) {
            this.routeTls = routeTls;
            this.origin = origin;
            this.progress = progress;
            this.givenUpAt = givenUpAt;
            this.mail = mail;
            this.outgoing = outgoing;
            this.way = group.way();
            group.recipients().forEach(recipient -> open.put(recipient.path(), recipient));
        }

        CompletableFuture<DeliveryReport> run() {
            List<Recipient> all = List.copyOf(open.values());
            CompletionStage<Void> attempt;
            try {
                attempt = begun();
            } catch (RuntimeException e) {
                attempt = CompletableFuture.failedFuture(e);
            }
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

        private List<RecipientResult> givenUp(List<Recipient> without) {
            return without.stream()
                    .<RecipientResult>map(recipient -> new NotAttempted(recipient.path(), SmtpClient.GIVEN_UP))
                    .toList();
        }

        private CompletionStage<Void> begun() {
            if (way instanceof SmtpDestination.MailHosts mailHosts) {
                return toDomain(mailHosts.domain());
            } else if (way instanceof SmtpDestination.RelayHosts relay) {
                return toRelayHosts(relay.hosts());
            } else if (way instanceof SmtpDestination.Via via) {
                return toSmartHost(via.host(), MAX_SMART_HOSTS);
            }
            throw new AssertionError(way);
        }

        private CompletionStage<Void> toRelayHosts(List<RelayHost> relayHosts) {
            String hosts = relayHosts.stream().map(RelayHost::toString).collect(Collectors.joining(", "));
            String first = relayHosts.get(0).address().host().toLowerCase(Locale.ROOT);
            rule = table.of(first, List.of(first));
            return inPlace(
                    hosts, hosts, () -> find(routes.toRelayHosts(relayHosts)).thenCompose(this::follow));
        }

        /** @param more how many smart hosts may be asked, this one included. */
        private CompletionStage<Void> toSmartHost(SmartHost host, int more) {
            SmartHostGate doorkeeper = gate.orElseThrow(() -> new IllegalStateException("no smart hosts here"));
            return doorkeeper
                    .admit(host, open.size())
                    .thenCompose(answer -> {
                        if (answer instanceof SmartHostGate.Answer.Admitted admitted) {
                            return sendVia(host, admitted.permit());
                        } else if (answer instanceof SmartHostGate.Answer.Suspended suspended) {
                            suspend(suspended.why());
                            return CompletableFuture.<Void>completedFuture(null);
                        }
                        throw new AssertionError(answer);
                    })
                    .thenCompose(unused -> {
                        Optional<SmartHost> next = open.isEmpty() || more == 1 || parkedIn.isPresent()
                                ? Optional.empty()
                                : host.otherwise().flatMap(smartHosts);
                        return next.isPresent() && !progress.isGivenUp()
                                ? toSmartHost(next.get(), more - 1)
                                : CompletableFuture.completedFuture(null);
                    });
        }

        private CompletionStage<Void> sendVia(SmartHost host, SmartHostGate.Permit given) {
            permit = Optional.of(given);
            int before = open.size();
            SmartHost.Limits limits = host.limits();
            rule = new DestinationRule(
                    limits.connections(),
                    limits.messagesPerConnection(),
                    limits.messagesPerMinute(),
                    false,
                    Optional.of(host.tls()));
            List<RelayHost> hosts = host.hosts().stream().map(RelayHost::new).toList();
            return inPlace(
                            host.name(),
                            "smarthost:" + host.name(),
                            () -> given.logIn()
                                    .handle((login, failure) -> {
                                        if (failure != null) {
                                            suspend(Diagnosis.ours("4.7.0", reason(failure)));
                                            return CompletableFuture.<Void>completedFuture(null);
                                        }
                                        return find(routes.toRelayHosts(hosts)).thenCompose(this::follow);
                                    })
                                    .thenCompose(done -> done))
                    .whenComplete((done, failure) -> {
                        permit = Optional.empty();
                        given.end((int) results.values().stream()
                                .filter(RecipientResult.Delivered.class::isInstance)
                                .filter(result -> !open.containsKey(result.recipient()))
                                .limit(before)
                                .count());
                    });
        }

        private static String reason(Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return String.valueOf(cause.getMessage());
        }

        /** Recipients that have no result wait until their next hop takes mail again. */
        private void suspend(Diagnosis why) {
            open.keySet().forEach(path -> results.putIfAbsent(path, new NotAttempted(path, why, true)));
        }

        private CompletionStage<Void> toDomain(Domain domain) {
            String name = domain.key();
            usualNames = domain.isLiteral() ? List.of() : List.of(name, "." + name);
            Optional<String> known = admission.groupOf(name);
            if (known.isPresent()) {
                rule = table.of(name, List.of(known.get().split(HOST_SEPARATOR)));
                return inPlace(
                        name,
                        known.get(),
                        () -> find(routes.to(domain)).thenCompose(found -> {
                            remember(domain, found);
                            return follow(found.route());
                        }));
            }
            // Until its hosts are known a domain is a destination of its own, since its name servers may be slow.
            rule = DestinationRule.NONE;
            AtomicReference<RouteFinder.Found> looked = new AtomicReference<>();
            return inPlace(name, LOOKUP + name, () -> find(routes.to(domain)).thenAccept(looked::set))
                    .thenCompose(unused -> {
                        RouteFinder.Found found = looked.get();
                        if (found == null) {
                            return CompletableFuture.completedFuture(null);
                        }
                        if (found.route() instanceof Route.Nowhere) {
                            return follow(found.route());
                        }
                        remember(domain, found);
                        rule = table.of(name, found.hosts());
                        return inPlace(name, group(found), () -> follow(found.route()));
                    });
        }

        private String group(RouteFinder.Found found) {
            return String.join(HOST_SEPARATOR, found.hosts());
        }

        private void remember(Domain domain, RouteFinder.Found found) {
            if (found.route() instanceof Route.Via) {
                admission.remember(domain.key(), group(found));
            }
        }

        /** Makes a step of the attempt as soon as it has a place; if it gets none, the attempt ends. */
        private CompletionStage<Void> inPlace(String name, String group, Supplier<CompletionStage<Void>> step) {
            progress.at(Stage.WAITING_FOR_PLACE);
            String sender = mail.envelope().reversePath().isNull()
                    ? ""
                    : mail.envelope().reversePath().address();
            PlaceRequest request = new PlaceRequest(
                    name,
                    group,
                    !(way instanceof SmtpDestination.MailHosts),
                    ParkingLane.senderKey(sender),
                    mail.envelope().parameters().priority(),
                    rule,
                    origin.otherwise());
            return admission.admit(request, origin, progress).thenCompose(answer -> {
                if (answer instanceof Admission.Admitted admitted) {
                    return begin(step)
                            .whenComplete((done, failure) -> admitted.slot().end(news));
                } else if (answer instanceof Admission.Parked parked) {
                    parkedIn = Optional.of(parked.lane());
                } else if (answer instanceof Admission.Refused) {
                    Diagnosis busy = Diagnosis.ours(
                            "4.4.5", admission.running(group) + " deliveries to " + name + " are in progress");
                    open.keySet().forEach(path -> results.putIfAbsent(path, new NotAttempted(path, busy)));
                } else {
                    throw new AssertionError(answer);
                }
                return CompletableFuture.completedFuture(null);
            });
        }

        private CompletionStage<Void> begin(Supplier<CompletionStage<Void>> step) {
            if (progress.isGivenUp()) {
                return CompletableFuture.failedFuture(new CancellationException("given up"));
            }
            try {
                return step.get();
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        private <T> CompletionStage<T> find(CompletionStage<T> route) {
            progress.at(Stage.LOOKING_UP_HOSTS);
            return progress.await(route, unused -> {});
        }

        private CompletionStage<Void> follow(Route route) {
            if (route instanceof Route.Via via) {
                return tryFrom(via.targets(), 0, 0);
            }
            Diagnosis why = ((Route.Nowhere) route).diagnosis();
            open.keySet().forEach(path -> learn(new HostReport.Answer(HostReport.refusal(path, why), false)));
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
            OutboundMail rest =
                    outgoing.withRecipients(List.copyOf(open.values())).sentAt(clock.instant());
            RemoteHost target = secured(targets.get(next));
            Instant begun = clock.instant();
            long begunNanos = System.nanoTime();
            int messages = rule.messagesPerConnection().orElse(Integer.MAX_VALUE);
            return client.send(target, rest, isLastChance, messages, progress).thenCompose(heard -> {
                HostReport report = permit.isPresent() ? heard.ofSmartHost() : heard;
                learn(report.news());
                record(target, begun, Duration.ofNanos(System.nanoTime() - begunNanos), report);
                Optional<String> refusal = permit.isPresent() ? report.loginRefusal() : Optional.empty();
                report.answers().stream()
                        .filter(answer -> refusal.isEmpty()
                                || !report.loggedOut().contains(answer.result().recipient()))
                        .forEach(this::learn);
                if (refusal.isPresent()) {
                    return loginRefused(refusal.get(), targets, next, reached);
                }
                if (report.isReached()) {
                    permit.ifPresent(SmartHostGate.Permit::loggedIn);
                }
                return tryFrom(targets, next + 1, report.isReached() ? reached + 1 : reached);
            });
        }

        /** Once more with a fresh token, if there is one. */
        private CompletionStage<Void> loginRefused(String reason, List<RemoteHost> targets, int next, int reached) {
            return permit.orElseThrow().refused(reason).thenCompose(login -> {
                if (login.isPresent()) {
                    return tryFrom(targets, next, reached);
                }
                suspend(Diagnosis.ours("4.7.0", "login at the smart host refused: " + reason));
                return CompletableFuture.completedFuture(null);
            });
        }

        private RemoteHost secured(RemoteHost target) {
            TlsPolicy policy =
                    routeTls.or(rule::tls).orElse(usualTls).at(target.address().getPort());
            List<String> names = usualNames.isEmpty() ? List.of(nameOf(target)) : usualNames;
            return target.with(policy.orNames(names), permit.flatMap(SmartHostGate.Permit::login));
        }

        private static String nameOf(RemoteHost target) {
            return target.mta().startsWith("[") ? target.address().getAddress().getHostAddress() : target.mta();
        }

        /** Keeps the replies of a host, whatever a later host replies. A host that was not asked is left out. */
        private void record(RemoteHost target, Instant begun, Duration took, HostReport report) {
            List<RecipientResult> answers =
                    report.answers().stream().map(HostReport.Answer::result).toList();
            if (!answers.stream().allMatch(NotAttempted.class::isInstance)) {
                hosts.add(new HostAttempt(target.mta(), target.address(), report.tls(), begun, took, answers));
                // There may be any number of hosts that cannot be reached.
                DeliveryReport.bound(hosts);
            }
        }

        /** A host that took the message outweighs others; one that was not asked says nothing. */
        private void learn(AttemptNews heard) {
            if (news.kind() != AttemptNews.Kind.DELIVERED && !heard.equals(AttemptNews.NONE)) {
                news = heard;
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
