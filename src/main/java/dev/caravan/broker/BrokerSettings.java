package dev.caravan.broker;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.apache.activemq.ActiveMQConnectionFactory;

/** The broker and its disk. {@code docs/settings.md} says what each setting means. */
public final class BrokerSettings {
    private static final int MAX_PORT = 65_535;
    private static final Set<String> LISTENING_SCHEMES = Set.of("tcp", "nio", "ssl", "nio+ssl");

    /** This part of the heap is for messages in hand by default. */
    private static final int PART_IN_HAND = 8;

    public static final SettingGroup GROUP = new SettingGroup();

    /** The URL of a separate broker; empty for the embedded one. */
    public static final Setting<Optional<String>> URL = GROUP.add(Setting.of("broker.url", "", url().optional()));

    public static final Setting<Optional<String>> LISTEN =
            GROUP.add(Setting.of("broker.listen", "", listen().optional()));

    /** Who logs in to the broker; ours does not ask, if it is empty. */
    public static final Setting<Optional<String>> USER = GROUP.add(Setting.of(
            "broker.user", "", SettingType.matching("a name", "[!-~]{1,255}").optional()));

    public static final Setting<Optional<String>> PASSWORD_FILE =
            GROUP.add(Setting.of("broker.password-file", "", SettingType.file().optional()));

    /** Whose certificates are accepted of a separate broker; those that the JDK trusts, if it is empty. */
    public static final Setting<Optional<String>> TLS_AUTHORITIES = GROUP.add(
            Setting.of("broker.tls-authorities", "", SettingType.file().optional()));

    /** Permits ports beyond loopback without TLS or a login. */
    public static final Setting<Boolean> ALLOW_OPEN =
            GROUP.add(Setting.of("broker.allow-open", "false", SettingType.flag()));

    public static final Setting<Duration> STORE_TIMEOUT =
            GROUP.add(Setting.of("broker.store-timeout", "30s", SettingType.duration()));
    public static final Setting<Integer> MAX_DISK_USE =
            GROUP.add(Setting.of("broker.max-disk-use", "85", SettingType.count(1, 100)));
    public static final Setting<Long> MIN_DISK_FREE =
            GROUP.add(Setting.of("broker.min-disk-free", "1GiB", SettingType.octets(1, 1L << 40)));

    /** What a server may have in hand for each transport; the broker's memory is sized by it too. */
    public static final Setting<Long> MAX_IN_HAND_SIZE =
            GROUP.add(Setting.of("delivery.max-in-hand-size", "", SettingType.octets(1 << 20, 1L << 40))
                    .orElse(texts -> Long.toString(Runtime.getRuntime().maxMemory() / PART_IN_HAND)));

    private BrokerSettings() {}

    private static SettingType<String> url() {
        return new SettingType<>(
                "an address of a broker, such as failover:(tcp://a:61616,tcp://b:61616)",
                text -> text.contains(":") && isUrl(text) ? Optional.of(text) : Optional.empty());
    }

    private static boolean isUrl(String text) {
        try {
            return !new ActiveMQConnectionFactory(text).getBrokerURL().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether an address to listen at is one of TLS. */
    public static boolean isTls(String listen) {
        return BrokerPorts.isSecure(String.valueOf(URI.create(listen).getScheme()));
    }

    private static SettingType<String> listen() {
        return new SettingType<>(
                "an address such as tcp://127.0.0.1:61616",
                text -> isListenUrl(text) ? Optional.of(text) : Optional.empty());
    }

    private static boolean isListenUrl(String text) {
        try {
            URI uri = URI.create(text);
            boolean isComplete = uri.getHost() != null && uri.getPort() >= 0 && uri.getPort() <= MAX_PORT;
            return isComplete && LISTENING_SCHEMES.contains(String.valueOf(uri.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
