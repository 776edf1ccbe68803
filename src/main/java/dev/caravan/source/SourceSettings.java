package dev.caravan.source;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.config.Settings;
import java.time.Duration;

/** The settings that all sources of mail share. {@code docs/settings.md} says what each setting means. */
public final class SourceSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Duration> IDEMPOTENCY_RETENTION = GROUP.add(
            Setting.of("idempotency.retention", "24h", SettingType.duration()).formerly("http.remember"));

    public static final Setting<Integer> MAX_IN_HAND =
            GROUP.add(Setting.of("sources.max-in-hand", "200", SettingType.count(1, 10_000)));
    public static final Setting<Long> MAX_IN_HAND_SIZE =
            GROUP.add(Setting.of("sources.max-in-hand-size", "8MiB", SettingType.octets(1, 1L << 30)));

    private SourceSettings() {}

    /** How much of one source is in hand. */
    public static SubmissionsInHand.Limits limits(Settings settings) {
        return new SubmissionsInHand.Limits(settings.get(MAX_IN_HAND), settings.get(MAX_IN_HAND_SIZE));
    }
}
