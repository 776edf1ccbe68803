package dev.caravan.tls;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.time.Duration;
import java.util.Optional;

/** TLS of all listeners and deliveries. {@code docs/settings.md} says what each setting means. */
public final class TlsSettings {
    /** Whether clients are asked for a certificate. */
    public enum ClientCertificates {
        NONE,
        OPTIONAL
    }

    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<TlsLibrary> ENGINE =
            GROUP.add(Setting.of("tls.engine", "auto", SettingType.oneOf(TlsLibrary.class)));
    public static final Setting<Optional<String>> CERTIFICATE =
            GROUP.add(Setting.of("tls.certificate", "", SettingType.file().optional()));
    public static final Setting<Optional<String>> KEY =
            GROUP.add(Setting.of("tls.key", "", SettingType.file().optional()));
    public static final Setting<Optional<String>> KEY_PASSWORD_FILE =
            GROUP.add(Setting.of("tls.key-password-file", "", SettingType.file().optional()));
    public static final Setting<Optional<String>> FOLDER =
            GROUP.add(Setting.of("tls.folder", "", SettingType.folder().optional()));
    public static final Setting<TlsVersion> MIN_VERSION = GROUP.add(Setting.of(
            "tls.min-version",
            "1.2",
            new SettingType<>("1.2 or 1.3", text -> TlsVersion.of(text).filter(version -> !version.isOld()))));
    public static final Setting<ClientCertificates> CLIENT_CERTIFICATES =
            GROUP.add(Setting.of("tls.client-certificates", "none", SettingType.oneOf(ClientCertificates.class)));
    public static final Setting<Optional<String>> CLIENT_CA =
            GROUP.add(Setting.of("tls.client-ca", "", SettingType.file().optional()));
    public static final Setting<Boolean> SESSION_TICKETS =
            GROUP.add(Setting.of("tls.session-tickets", "false", SettingType.flag()));
    public static final Setting<Duration> HANDSHAKE_TIMEOUT =
            GROUP.add(Setting.of("tls.handshake-timeout", "30s", SettingType.duration()));
    public static final Setting<Integer> MAX_HANDSHAKES =
            GROUP.add(Setting.of("tls.max-handshakes", "1000", SettingType.count(1, 1_000_000)));

    public static final Setting<Boolean> OLD_TLS =
            GROUP.add(Setting.of("devices.old-tls", "false", SettingType.flag()));

    private TlsSettings() {}
}
