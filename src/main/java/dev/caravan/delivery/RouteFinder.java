package dev.caravan.delivery;

import dev.caravan.delivery.HostRanking.Host;
import dev.caravan.delivery.HostRanking.Route;
import dev.caravan.dns.AddressAnswer;
import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.mail.AddressLiteral;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;

/** Finds the hosts for a domain's mail: asks the DNS for the data that {@link HostRanking} needs. */
final class RouteFinder {
    // A domain with more hosts does not need them all, and must not cause a lookup for each.
    private static final int MAX_HOSTS = 20;

    private final SmtpDeliverySettings settings;
    private final MailDns dns;
    private final RandomGenerator random;
    private final HostRanking nextHops;

    RouteFinder(SmtpDeliverySettings settings, MailDns dns, RandomGenerator random) {
        this.settings = settings;
        this.dns = dns;
        this.random = random;
        this.nextHops = new HostRanking(settings.own(), settings.port());
    }

    /**
     * What was found for a domain.
     *
     * @param hosts the names of its mail hosts in lower case, sorted; domains with the same hosts are one destination.
     *     Empty if there is none.
     */
    record Found(Route route, List<String> hosts) {}

    /** The route by these hosts; the first is tried before the second. */
    CompletionStage<Route> toRelayHosts(List<RelayHost> relayHosts) {
        List<CompletableFuture<Route>> lookups = relayHosts.stream()
                .map(relayHost -> toRelayHost(relayHost.address()).toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(lookups.toArray(CompletableFuture[]::new))
                .thenApply(unused ->
                        inOrder(lookups.stream().map(CompletableFuture::join).toList()));
    }

    private static Route inOrder(List<Route> routes) {
        List<RemoteHost> targets = HostRanking.spread(routes.stream()
                .map(route -> route instanceof Route.Via via
                        ? via.targets().stream().map(RemoteHost::asRelay).toList()
                        : List.<RemoteHost>of())
                .toList());
        return targets.isEmpty() ? routes.get(0) : new Route.Via(targets);
    }

    private CompletionStage<Route> toRelayHost(HostAndPort relayHost) {
        HostRanking rules = new HostRanking(settings.own().nameless(), relayHost.port());
        CompletionStage<AddressAnswer> addresses = relayHost
                .address()
                .<CompletionStage<AddressAnswer>>map(
                        address -> CompletableFuture.completedFuture(new AddressAnswer.Addresses(List.of(address))))
                .orElseGet(() -> dns.addresses(relayHost.host()));
        return addresses.thenApply(answer ->
                ourOwnFault(rules.route(List.of(new Host(0, relayHost.host(), answer)), random)));
    }

    /**
     * A relay host that does not exist is an error of this server's configuration, for which no message is returned.
     */
    private static Route ourOwnFault(Route route) {
        return route instanceof Route.Nowhere nowhere
                        && nowhere.diagnosis().status().kind() == 5
                ? new Route.Nowhere(Diagnosis.ours(
                        "4.3.5", "smart host: " + nowhere.diagnosis().reply()))
                : route;
    }

    CompletionStage<Found> to(Domain domain) {
        if (domain.isLiteral()) {
            AddressAnswer answer = AddressLiteral.address(domain.text())
                    .<AddressAnswer>map(address -> new AddressAnswer.Addresses(List.of(address)))
                    .orElseGet(() -> new AddressAnswer.NoSuchHost("no address"));
            return CompletableFuture.completedFuture(new Found(
                    nextHops.route(List.of(new Host(0, domain.text(), answer)), random), List.of(domain.key())));
        }
        Domain name = domain.ascii();
        return dns.mx(name).thenCompose(answer -> byMx(name, answer));
    }

    private CompletionStage<Found> byMx(Domain domain, MxAnswer answer) {
        if (answer instanceof MxAnswer.Hosts hosts) {
            return byHosts(hosts.hosts());
        } else if (answer instanceof MxAnswer.Implicit) {
            return byHosts(List.of(new MxHost(0, domain.text())));
        } else if (answer instanceof MxAnswer.NullMx) {
            return nowhere("5.1.10", "domain " + domain + " takes no mail (null MX)");
        } else if (answer instanceof MxAnswer.NoSuchDomain) {
            return nowhere("5.1.2", "domain " + domain + " does not exist");
        } else if (answer instanceof MxAnswer.NoMail) {
            return nowhere("5.1.2", "domain " + domain + " has neither a mail host nor an address");
        } else if (answer instanceof MxAnswer.TemporaryFailure trouble) {
            return nowhere("4.4.3", "no mail host found for " + domain + ": " + trouble.reason());
        }
        throw new AssertionError(answer);
    }

    private static CompletionStage<Found> nowhere(String status, String words) {
        return CompletableFuture.completedFuture(
                new Found(new Route.Nowhere(Diagnosis.ours(status, words)), List.of()));
    }

    private CompletionStage<Found> byHosts(List<MxHost> all) {
        List<MxHost> hosts = all.subList(0, Math.min(MAX_HOSTS, all.size()));
        List<CompletableFuture<AddressAnswer>> lookups = hosts.stream()
                .map(host -> dns.addresses(host.name()).toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(lookups.toArray(CompletableFuture[]::new))
                .thenApply(unused -> {
                    List<Host> known = new ArrayList<>();
                    for (int i = 0; i < hosts.size(); i++) {
                        MxHost host = hosts.get(i);
                        known.add(new Host(
                                host.preference(), host.name(), lookups.get(i).join()));
                    }
                    List<String> names = hosts.stream()
                            .map(host -> host.name().toLowerCase(Locale.ROOT))
                            .distinct()
                            .sorted()
                            .toList();
                    return new Found(nextHops.route(known, random), names);
                });
    }
}
