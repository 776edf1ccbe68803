package dev.caravan.recovery;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;

/** The settings for a damaged store. {@code docs/settings.md} says what each setting means. */
public final class RecoverySettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Boolean> ACCEPT_LOST_JOURNAL =
            GROUP.add(Setting.of("broker.accept-lost-journal", "false", SettingType.flag()));

    private RecoverySettings() {}
}
