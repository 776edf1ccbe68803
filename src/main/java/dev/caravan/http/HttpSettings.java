package dev.caravan.http;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.config.Settings;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.Networks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The HTTP listener and the limits of its connections. {@code docs/settings.md} says what each setting means. */
public final class HttpSettings {
    private static final int THREADS = 32;

    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<ListenAddress>> LISTEN = GROUP.add(Setting.of(
            "http.listen", "127.0.0.1:8025", SettingType.listenAddress().optional()));
    public static final Setting<Boolean> TLS = GROUP.add(Setting.of("http.tls", "false", SettingType.flag()));
    public static final Setting<Networks> NETWORKS =
            GROUP.add(Setting.of("http.networks", "127.0.0.0/8, ::1/128", SettingType.networks()));
    public static final Setting<Optional<String>> TOKENS =
            GROUP.add(Setting.of("http.tokens", "", SettingType.file().optional()));
    public static final Setting<Integer> MAX_CONNECTIONS =
            GROUP.add(Setting.of("http.max-connections", "512", SettingType.count(1, 1_000_000)));
    public static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS =
            GROUP.add(Setting.of("http.max-connections-per-address", "256", SettingType.count(1, 1_000_000)));
    public static final Setting<Duration> HEAD_TIMEOUT =
            GROUP.add(Setting.of("http.head-timeout", "10s", SettingType.duration()));
    public static final Setting<Duration> BODY_TIMEOUT =
            GROUP.add(Setting.of("http.body-timeout", "10m", SettingType.duration()));
    public static final Setting<Long> BODY_SPACE =
            GROUP.add(Setting.of("http.body-space", "1GiB", SettingType.octets(1, 1L << 40)));

    private HttpSettings() {}

    /**
     * How clients of {@code http.listen} are authenticated.
     *
     * @throws dev.caravan.config.InvalidSettingsException if the file of tokens cannot be read.
     */
    public static Authenticator authenticator(ServerHome home, Settings settings) {
        return new NetworkAuthenticator(settings.get(NETWORKS), home.readable(settings, TOKENS, "a token a line"));
    }

    /**
     * The limits of the HTTP listener.
     *
     * @param maxConnections as many as the system allows.
     * @param requestSize the size in octets of the largest body.
     * @param folder for bodies that are too large for memory.
     */
    public static HttpListener.Limits limits(
            Settings settings, int maxConnections, LongSupplier requestSize, Path folder) {
        return new HttpListener.Limits(
                THREADS,
                new HttpConnections.Limits(maxConnections, settings.get(MAX_CONNECTIONS_PER_ADDRESS)),
                settings.get(HEAD_TIMEOUT),
                settings.get(BODY_TIMEOUT),
                requestSize,
                new BodySpace(settings.get(BODY_SPACE)),
                folder,
                settings.get(NETWORKS));
    }
}
