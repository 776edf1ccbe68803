package dev.caravan.housekeeping;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.time.Duration;

/** How long finished mail is kept. {@code docs/settings.md} says what each setting means. */
public final class RetentionSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Duration> BOUNCED_RETENTION = GROUP.add(
            Setting.of("queue.bounced-retention", "7d", SettingType.duration()).formerly("mail.keep-bounced"));

    private RetentionSettings() {}
}
