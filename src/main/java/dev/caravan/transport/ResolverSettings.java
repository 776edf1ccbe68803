package dev.caravan.transport;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.config.Settings;
import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.dns.MailDns;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** The name servers that are asked for mail hosts. {@code docs/settings.md} says what each setting means. */
public final class ResolverSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<List<InetSocketAddress>> SERVERS =
            GROUP.add(Setting.of("dns.servers", "", SettingType.nameServers()));
    public static final Setting<Duration> TIMEOUT = GROUP.add(Setting.of("dns.timeout", "5s", SettingType.duration()));

    private ResolverSettings() {}

    /** Asks the name servers of the settings; those of the system if there are none. */
    public static MailDns dns(Settings settings) {
        List<InetSocketAddress> servers = settings.get(SERVERS);
        DnsSettings asked = servers.isEmpty() ? DnsSettings.ofSystem() : DnsSettings.of(servers);
        return new DnsJavaMailDns(asked.withTimeout(settings.get(TIMEOUT)));
    }
}
