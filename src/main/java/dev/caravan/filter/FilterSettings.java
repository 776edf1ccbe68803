package dev.caravan.filter;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.config.Settings;

/** The limits of filters. {@code docs/settings.md} says what each setting means. */
public final class FilterSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Integer> MAX_IN_HAND =
            GROUP.add(Setting.of("filter.max-in-hand", "1000", SettingType.count(1, 100_000)));
    public static final Setting<Integer> MAX_WAITING =
            GROUP.add(Setting.of("filter.max-waiting", "5000", SettingType.count(0, 1_000_000)));
    public static final Setting<Long> MAX_WAITING_SIZE =
            GROUP.add(Setting.of("filter.max-waiting-size", "256MiB", SettingType.octets(1, 1L << 40)));

    private FilterSettings() {}

    /** The limits of each filter. */
    public static FilterLimits limits(Settings settings) {
        return new FilterLimits(settings.get(MAX_IN_HAND), settings.get(MAX_WAITING), settings.get(MAX_WAITING_SIZE));
    }
}
