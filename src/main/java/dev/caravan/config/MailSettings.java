package dev.caravan.config;

import dev.caravan.mail.Domain;
import dev.caravan.net.Networks;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The name and the domains of the server, and the clients it relays for. {@code docs/settings.md} says what each setting
 * means.
 */
public final class MailSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Domain> HOSTNAME =
            GROUP.add(Setting.of("mail.hostname", "", SettingType.domain()).orElse(texts -> machineName()));
    public static final Setting<List<Domain>> LOCAL_DOMAINS = GROUP.add(
            Setting.of("mail.local-domains", "", SettingType.domains()).orElse(texts -> texts.get("mail.hostname")));
    public static final Setting<Networks> RELAY_NETWORKS =
            GROUP.add(Setting.of("mail.relay-networks", "127.0.0.0/8, ::1/128", SettingType.networks())
                    .live());

    /**
     * The domains whose mail is delivered here. The host name always is one, because mail to postmaster without a domain goes
     * there.
     */
    public static Set<Domain> localDomains(Settings settings) {
        Set<Domain> domains = new HashSet<>(settings.get(LOCAL_DOMAINS));
        domains.add(settings.get(HOSTNAME));
        return domains;
    }

    private static String machineName() {
        try {
            return new Domain(InetAddress.getLocalHost().getHostName()).text();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return "localhost";
        }
    }

    private MailSettings() {}
}
