package dev.caravan.source;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.time.Duration;

/** The settings that all sources of mail share. {@code docs/settings.md} says what each setting means. */
public final class SourceSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Duration> IDEMPOTENCY_RETENTION = GROUP.add(
            Setting.of("idempotency.retention", "24h", SettingType.duration()).formerly("http.remember"));

    private SourceSettings() {}
}
