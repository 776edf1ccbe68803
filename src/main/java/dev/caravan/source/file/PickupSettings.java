package dev.caravan.source.file;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.util.Optional;

/** The folder from which mail is taken. {@code docs/settings.md} says what each setting means. */
public final class PickupSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<String>> FOLDER =
            GROUP.add(Setting.of("pickup.folder", "", SettingType.folder().optional()));
    public static final Setting<Boolean> KEEP = GROUP.add(Setting.of("pickup.keep", "false", SettingType.flag()));

    private PickupSettings() {}
}
