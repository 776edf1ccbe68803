package dev.caravan.acme;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Certificates by ACME. {@code docs/settings.md} says what each setting means. */
public final class AcmeSettings {
    private static final int DNS_PORT = 53;

    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<String>> DIRECTORY = GROUP.add(Setting.of(
            "acme.directory",
            "",
            SettingType.matching(
                            "https://..., or http:// with a loopback address",
                            "https://[^\\s/@]{1,255}(/\\S{0,1000})?"
                                    + "|http://(127\\.[0-9.]{1,15}|localhost|\\[::1])(:[0-9]{1,5})?(/\\S{0,1000})?")
                    .optional()));
    public static final Setting<Boolean> AGREE_TERMS =
            GROUP.add(Setting.of("acme.agree-terms", "false", SettingType.flag()));
    public static final Setting<Optional<List<Domain>>> NAMES =
            GROUP.add(Setting.of("acme.names", "", SettingType.domains().optional()));
    public static final Setting<Optional<String>> CONTACT = GROUP.add(Setting.of(
            "acme.contact",
            "",
            SettingType.matching("a mail address", "[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")
                    .optional()));
    public static final Setting<Optional<ListenAddress>> LISTEN =
            GROUP.add(Setting.of("acme.listen", "", SettingType.listenAddress().optional()));
    public static final Setting<Optional<HostAndPort>> DNS_SERVER = GROUP.add(
            Setting.of("acme.dns.server", "", SettingType.host(DNS_PORT).optional()));
    public static final Setting<Optional<String>> DNS_KEY_FILE =
            GROUP.add(Setting.of("acme.dns.key-file", "", SettingType.file().optional()));
    public static final Setting<Duration> DNS_WAIT =
            GROUP.add(Setting.of("acme.dns.wait", "15s", SettingType.duration()));
    public static final Setting<KeyType> KEY_TYPE =
            GROUP.add(Setting.of("acme.key-type", "p256", SettingType.oneOf(KeyType.class)));
    public static final Setting<Boolean> KEEP_KEY = GROUP.add(Setting.of("acme.keep-key", "false", SettingType.flag()));
    public static final Setting<Optional<String>> CA_FILE =
            GROUP.add(Setting.of("acme.ca-file", "", SettingType.file().optional()));
    public static final Setting<Optional<String>> ACCOUNT_ID = GROUP.add(Setting.of(
            "acme.account-id",
            "",
            SettingType.matching("a word that the authority gave", "[!-~]{1,500}")
                    .optional()));
    public static final Setting<Optional<String>> ACCOUNT_KEY_FILE =
            GROUP.add(Setting.of("acme.account-key-file", "", SettingType.file().optional()));

    private AcmeSettings() {}
}
