package dev.caravan.transport;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.LaneRegister;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.delivery.ClientTls;
import dev.caravan.delivery.ConcurrencyLimits;
import dev.caravan.delivery.ConnectionReuse;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.delivery.DeliveryTimeouts;
import dev.caravan.delivery.DestinationRule;
import dev.caravan.delivery.OwnAddresses;
import dev.caravan.delivery.PacingSnapshot;
import dev.caravan.delivery.SmtpClient;
import dev.caravan.delivery.SmtpDelivery;
import dev.caravan.delivery.SmtpDeliverySettings;
import dev.caravan.dns.MailDns;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.login.SmartHostGate;
import dev.caravan.net.TlsPolicy;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.DestinationFile;
import dev.caravan.policy.DestinationTable;
import dev.caravan.tls.TlsEngines;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Delivers by SMTP. */
public final class SmtpModule implements ServerModule, Reconfigurable {
    private static final int CLIENT_LOOPS = 2;
    private static final Duration TOKEN_CONNECT = Duration.ofSeconds(10);
    private final RedeliveryPolicies policies;
    private final DeadHostCache hosts;
    private final SmtpClient client;
    private final SmtpDelivery delivery;
    private final SmtpTransport transport;
    private final SmartHostGate gate;

    /**
     * @param deliveries the greatest number at once.
     * @param idleConnections how many are kept for their next message.
     * @param nextHops is asked at each attempt for the present rule.
     * @param listeners where this server listens, so that no mail is sent there.
     * @param data where counts of the quotas of smart hosts are kept.
     * @param disk reads secrets, certificates and counts; closed by its owner.
     */
    public SmtpModule(
            Settings settings,
            int deliveries,
            int idleConnections,
            RedeliveryPolicies policies,
            MailDns dns,
            List<InetSocketAddress> listeners,
            Supplier<ChooseNextHop> nextHops,
            TlsEngines tls,
            Path data,
            Executor disk,
            ShutdownState shutdown,
            Clock clock,
            RandomGenerator random) {
        this.policies = policies;
        this.hosts = new DeadHostCache(
                clock, DeadHostCache.timeFor(policies.schedule("smtp").delayAfter(1)));
        this.client = new SmtpClient(
                settings.get(MailSettings.HOSTNAME),
                timeouts(settings),
                ConnectionReuse.DEFAULT.withIdleInAll(idleConnections),
                hosts,
                SmtpClient.eventLoops(CLIENT_LOOPS),
                Optional.of(new ClientTls(tls, disk)));
        SmtpDeliverySettings rules = new SmtpDeliverySettings(
                new OwnAddresses(settings.get(MailSettings.HOSTNAME), listeners),
                settings.get(DeliverySettings.PORT),
                SmtpDeliverySettings.MAX_ADDRESSES,
                new ConcurrencyLimits(deliveries, settings.get(DeliverySettings.MAX_PER_DESTINATION)));
        this.delivery = new SmtpDelivery(rules, dns, client, clock, random);
        this.gate = new SmartHostGate(data, SmtpModule::tokenClient, disk, clock);
        hosts.alsoForget(gate::forgetPauses);
        delivery.usualTls(TlsPolicy.of(settings.get(DeliverySettings.TLS)));
        delivery.smartHosts(name -> nextHops.get().smartHosts().named(name), gate);
        this.transport = new SmtpTransport(delivery, nextHops, policies, shutdown, clock);
    }

    /** How often a content was converted for a server that does not take it as it is. */
    public long conversions() {
        return client.conversions();
    }

    /**
     * Lets mail wait in lanes for its place.
     *
     * @param queues the names of the queues that the broker has, as far as it tells.
     * @param register has the names of lanes if the broker announces none.
     * @param listener is told of each item that is parked.
     * @return is told of the sources of items, and closed before the broker.
     */
    public ParkedMail parkedMail(
            BrokerConnections connections,
            Callable<Set<String>> queues,
            LaneRegister register,
            SmtpTransport.ParkingListener listener,
            Clock clock) {
        ParkedMail parked = new ParkedMail(connections, delivery, queues, register, policies.ownDelay(), clock);
        transport.parkedMail(parked, listener);
        return parked;
    }

    /** Takes over an operator's limits for destinations, as the file has them at each attempt. */
    public void destinations(DestinationFile file) {
        delivery.table((domain, hosts) ->
                file.table().find(domain, hosts).map(SmtpModule::rule).orElse(DestinationRule.NONE));
    }

    private static DestinationRule rule(DestinationTable.Limits limits) {
        return new DestinationRule(
                limits.connections(),
                limits.messagesPerConnection(),
                limits.messagesPerMinute(),
                limits.isOfDomain(),
                limits.tls());
    }

    /** What runs and waits now. */
    public PacingSnapshot pacing() {
        return delivery.pacing();
    }

    /** Asks for tokens; it never follows a redirection, which could lead a secret elsewhere. */
    private static HttpClient tokenClient() {
        return HttpClient.newBuilder()
                .connectTimeout(TOKEN_CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Says which smart hosts take no mail now. */
    public SmartHostGate smartHosts() {
        return gate;
    }

    /** Takes over what connections require of TLS. */
    @Override
    public void reconfigure(Settings settings) {
        delivery.usualTls(TlsPolicy.of(settings.get(DeliverySettings.TLS)));
    }

    private static DeliveryTimeouts timeouts(Settings settings) {
        return DeliveryTimeouts.of(
                settings.get(DeliverySettings.CONNECT_TIMEOUT),
                settings.get(DeliverySettings.REPLY_TIMEOUT),
                settings.get(DeliverySettings.DATA_DONE_TIMEOUT));
    }

    /** The hosts that could not be reached. */
    public DeadHostCache hosts() {
        return hosts;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("smtpTransport", transport);
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(this);
    }

    /** Closes all connections; attempts in progress fail. */
    @Override
    public void close() {
        delivery.close();
        client.close();
        gate.close();
    }
}
