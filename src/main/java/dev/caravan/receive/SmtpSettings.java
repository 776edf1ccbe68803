package dev.caravan.receive;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.config.Settings;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.Networks;
import dev.caravan.net.SmtpListeners;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The SMTP listeners and the limits of its sessions. {@code docs/settings.md} says what each setting means. */
public final class SmtpSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<List<ListenAddress>> LISTEN =
            GROUP.add(Setting.of(ListenerKind.SMTP.setting(), "127.0.0.1:2525", SettingType.listenAddresses()));
    public static final Setting<Optional<List<ListenAddress>>> SUBMISSION = addresses(ListenerKind.SUBMISSION);
    public static final Setting<Optional<List<ListenAddress>>> SUBMISSIONS = addresses(ListenerKind.SUBMISSIONS);
    public static final Setting<Optional<List<ListenAddress>>> DEVICES = addresses(ListenerKind.DEVICES);
    public static final Setting<Optional<Duration>> LONGEST_HOLD = GROUP.add(
            Setting.of("submission.max-hold", "7d", SettingType.duration().optional())
                    .live());
    public static final Setting<Integer> MAX_CONNECTIONS =
            GROUP.add(Setting.of("smtp.max-connections", "10000", SettingType.count(1, 1_000_000)));
    public static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS =
            GROUP.add(Setting.of("smtp.max-connections-per-address", "100", SettingType.count(1, 1_000_000)));
    public static final Setting<Integer> MAX_ERRORS = GROUP.add(
            Setting.of("smtp.max-errors", "20", SettingType.count(1, 1_000_000)).live());
    public static final Setting<Integer> MAX_JUNK_COMMANDS =
            GROUP.add(Setting.of("smtp.max-junk-commands", "100", SettingType.count(1, 1_000_000))
                    .live());
    public static final Setting<Duration> IDLE_TIMEOUT = GROUP.add(
            Setting.of("smtp.idle-timeout", "5m", SettingType.duration()).live());
    public static final Setting<Duration> COMMAND_TIMEOUT = GROUP.add(
            Setting.of("smtp.command-timeout", "5m", SettingType.duration()).live());
    public static final Setting<Duration> POLICY_TIMEOUT =
            GROUP.add(Setting.of("smtp.policy-timeout", "5m", SettingType.duration())
                    .live()
                    .formerly("smtp.answer-timeout"));
    public static final Setting<Boolean> STRICT_HELO = GROUP.add(
            Setting.of("smtp.strict-helo", "false", SettingType.flag()).live());
    public static final Setting<Boolean> COMPLETE_ADDRESSES = GROUP.add(
            Setting.of("smtp.complete-addresses", "true", SettingType.flag()).live());
    public static final Setting<BareLf> BARE_LF =
            GROUP.add(Setting.of("smtp.bare-lf", "refuse", SettingType.oneOf(BareLf.class))
                    .live());
    public static final Setting<Boolean> REQUIRE_AUTH = GROUP.add(
            Setting.of("submission.require-auth", "true", SettingType.flag()).live());
    public static final Setting<Networks> DEVICE_NETWORKS =
            GROUP.add(Setting.of("devices.networks", "", SettingType.networks()).live());
    static final Setting<DeviceSenders> DEVICE_SENDERS = GROUP.add(Setting.of(
                    "devices.senders",
                    "",
                    new SettingType<>(
                            "addresses, @domain for all of a domain, and <>, separated by commas",
                            true,
                            text -> Optional.of(DeviceSenders.parse(text))))
            .live());
    public static final Setting<Networks> PROXY_NETWORKS = GROUP.add(
            Setting.of("smtp.proxy-networks", "", SettingType.networks()).live());
    public static final Setting<Duration> PROXY_TIMEOUT = GROUP.add(
            Setting.of("smtp.proxy-timeout", "10s", SettingType.duration()).live());
    public static final Setting<Networks> XCLIENT_NETWORKS = GROUP.add(
            Setting.of("smtp.xclient-networks", "", SettingType.networks()).live());
    public static final Setting<Optional<Integer>> POLICY_THREADS = GROUP.add(
            Setting.of("smtp.policy-threads", "", SettingType.count(1, 100_000).optional()));

    /** How the session handles an LF without CR. */
    public enum BareLf {
        REFUSE,
        /** It is replaced by CRLF, for clients in {@code mail.relay-networks} only. */
        REPAIR
    }

    private SmtpSettings() {}

    private static Setting<Optional<List<ListenAddress>>> addresses(ListenerKind kind) {
        return GROUP.add(
                Setting.of(kind.setting(), "", SettingType.listenAddresses().optional()));
    }

    /** All addresses at which SMTP clients connect. */
    public static SmtpListeners listeners(Settings settings) {
        return SmtpListeners.of(Map.of(
                ListenerKind.SMTP,
                settings.get(LISTEN),
                ListenerKind.SUBMISSION,
                settings.get(SUBMISSION).orElse(List.of()),
                ListenerKind.SUBMISSIONS,
                settings.get(SUBMISSIONS).orElse(List.of()),
                ListenerKind.DEVICES,
                settings.get(DEVICES).orElse(List.of())));
    }
}
