package dev.caravan.store;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;

/** Limits of messages from any source, and where their content is kept. {@code docs/settings.md} says what each setting means. */
public final class MessageSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Integer> MAX_RECIPIENTS =
            GROUP.add(Setting.of("smtp.max-recipients", "1000", SettingType.count(1, 100_000))
                    .live());
    public static final Setting<Long> MAX_SIZE =
            GROUP.add(Setting.of("content.max-size", "50MiB", SettingType.octets(1, 1L << 40))
                    .live());
    public static final Setting<Long> INLINE_LIMIT =
            GROUP.add(Setting.of("content.inline-limit", "256KiB", SettingType.octets(1, 16L << 20)));
    public static final Setting<Integer> MAX_LINE =
            GROUP.add(Setting.of("content.max-line", "1MiB", SettingType.octetsInMemory(1000, 1 << 30))
                    .live());
    public static final Setting<Long> MEMORY_BUDGET =
            GROUP.add(Setting.of("content.memory-budget", "64MiB", SettingType.octets(1, 1L << 40)));
    public static final Setting<Integer> MAX_JSON =
            GROUP.add(Setting.of("content.max-json", "10MiB", SettingType.octetsInMemory(1, 256 << 20)));
    public static final Setting<String> SPOOL = GROUP.add(Setting.of("content.spool", "spool", SettingType.folder()));

    private MessageSettings() {}
}
