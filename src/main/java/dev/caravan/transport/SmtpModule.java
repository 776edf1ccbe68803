package dev.caravan.transport;

import dev.caravan.config.MailSettings;
import dev.caravan.config.Settings;
import dev.caravan.delivery.ConcurrencyLimits;
import dev.caravan.delivery.ConnectionReuse;
import dev.caravan.delivery.DeadHostCache;
import dev.caravan.delivery.DeliveryTimeouts;
import dev.caravan.delivery.OwnAddresses;
import dev.caravan.delivery.SmtpClient;
import dev.caravan.delivery.SmtpDelivery;
import dev.caravan.delivery.SmtpDeliverySettings;
import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.dns.MailDns;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes what delivers by SMTP from the settings. */
public final class SmtpModule {
    private static final int CLIENT_LOOPS = 2;
    /** All mail waits for a smart host, and one that is restarted must not stop it for long. */
    private static final Duration DEAD_SMARTHOST = Duration.ofSeconds(30);

    private final Settings settings;
    private final Clock clock;
    private final RandomGenerator random;
    private final DeadHostCache hosts;
    private final SmtpClient client;

    /**
     * @param idleConnections how many are kept for their next message.
     * @param retryDelay between the first two attempts.
     */
    public SmtpModule(
            Settings settings, int idleConnections, Clock clock, RandomGenerator random, Duration retryDelay) {
        this.settings = settings;
        this.clock = clock;
        this.random = random;
        Duration deadFor = DeadHostCache.timeFor(retryDelay);
        if (settings.get(DeliverySettings.SMARTHOST).isPresent() && deadFor.compareTo(DEAD_SMARTHOST) > 0) {
            deadFor = DEAD_SMARTHOST;
        }
        this.hosts = new DeadHostCache(clock, deadFor);
        this.client = new SmtpClient(
                settings.get(MailSettings.HOSTNAME),
                timeouts(),
                ConnectionReuse.DEFAULT.withIdleInAll(idleConnections),
                hosts,
                SmtpClient.eventLoops(CLIENT_LOOPS));
    }

    public SmtpClient client() {
        return client;
    }

    public DeadHostCache hosts() {
        return hosts;
    }

    /** @param listeners where this server listens, so that no mail is sent there. */
    public SmtpDelivery delivery(MailDns dns, List<InetSocketAddress> listeners) {
        SmtpDeliverySettings delivery = new SmtpDeliverySettings(
                new OwnAddresses(settings.get(MailSettings.HOSTNAME), listeners),
                settings.get(DeliverySettings.PORT),
                SmtpDeliverySettings.MAX_ADDRESSES,
                new ConcurrencyLimits(
                        settings.get(DeliverySettings.CONCURRENCY),
                        settings.get(DeliverySettings.MAX_PER_DESTINATION)));
        return new SmtpDelivery(delivery, dns, client, clock, random);
    }

    private DeliveryTimeouts timeouts() {
        return DeliveryTimeouts.of(
                settings.get(DeliverySettings.CONNECT_TIMEOUT),
                settings.get(DeliverySettings.REPLY_TIMEOUT),
                settings.get(DeliverySettings.DATA_DONE_TIMEOUT));
    }

    /** Who is asked for the hosts of domains. */
    public static MailDns dns(Settings settings) {
        List<InetSocketAddress> servers = settings.get(ResolverSettings.SERVERS);
        DnsSettings asked = servers.isEmpty() ? DnsSettings.ofSystem() : DnsSettings.of(servers);
        return new DnsJavaMailDns(asked.withTimeout(settings.get(ResolverSettings.TIMEOUT)));
    }
}
