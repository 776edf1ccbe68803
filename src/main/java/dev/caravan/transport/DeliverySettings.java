package dev.caravan.transport;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.TlsPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Delivery by SMTP and into Maildirs. {@code docs/settings.md} says what each setting means. */
public final class DeliverySettings {
    private static final int SMTP_PORT = 25;

    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Integer> PORT = GROUP.add(Setting.of("delivery.port", "25", SettingType.port()));
    public static final Setting<Optional<List<HostAndPort>>> SMARTHOST = GROUP.add(
            Setting.of("delivery.smarthost", "", SettingType.hosts(SMTP_PORT).optional())
                    .live());
    public static final Setting<String> SMARTHOSTS =
            GROUP.add(Setting.of("delivery.smarthosts", "smarthosts", SettingType.file()));
    public static final Setting<TlsPolicy.Level> TLS =
            GROUP.add(Setting.of("delivery.tls", "may", SettingType.oneOf(TlsPolicy.Level.class))
                    .live());
    public static final Setting<Duration> CONNECT_TIMEOUT =
            GROUP.add(Setting.of("delivery.connect-timeout", "30s", SettingType.duration()));
    public static final Setting<Duration> REPLY_TIMEOUT =
            GROUP.add(Setting.of("delivery.reply-timeout", "5m", SettingType.duration()));
    public static final Setting<Duration> DATA_DONE_TIMEOUT =
            GROUP.add(Setting.of("delivery.data-done-timeout", "10m", SettingType.duration())
                    .formerly("delivery.end-timeout"));
    public static final Setting<Integer> MAX_IN_HAND =
            GROUP.add(Setting.of("delivery.max-in-hand", "5000", SettingType.count(1, 100_000))
                    .formerly("delivery.concurrency"));
    public static final Setting<String> MAILDIRS =
            GROUP.add(Setting.of("delivery.maildirs", "maildir", SettingType.folder()));
    public static final Setting<Integer> MAX_PER_DESTINATION =
            GROUP.add(Setting.of("delivery.max-per-destination", "20", SettingType.count(1, 10_000)));
    public static final Setting<String> DESTINATIONS =
            GROUP.add(Setting.of("delivery.destinations", "destinations", SettingType.file()));
    public static final Setting<Duration> STOP_TIMEOUT =
            GROUP.add(Setting.of("delivery.stop-timeout", "30s", SettingType.duration()));
    public static final Setting<Boolean> PAUSED =
            GROUP.add(Setting.of("delivery.paused", "false", SettingType.flag()).formerly("deliver.paused"));

    private DeliverySettings() {}
}
