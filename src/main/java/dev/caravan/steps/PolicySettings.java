package dev.caravan.steps;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;

/** Local recipients, and limits of the built-in rules. {@code docs/settings.md} says what each setting means. */
public final class PolicySettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<String> USERS = GROUP.add(Setting.of("mail.users", "users", SettingType.file()));
    public static final Setting<String> ALIASES = GROUP.add(Setting.of("mail.aliases", "aliases", SettingType.file()));
    public static final Setting<UnsupportedAliases> UNSUPPORTED_ALIASES =
            GROUP.add(Setting.of("mail.unsupported-aliases", "refuse", SettingType.oneOf(UnsupportedAliases.class)));
    public static final Setting<Integer> MAX_HOPS = GROUP.add(
            Setting.of("mail.max-hops", "30", SettingType.count(1, 1000)).live());

    /** What is done with an alias for a program or a file. */
    public enum UnsupportedAliases {
        /** The table is refused. */
        REFUSE,
        /** The target is left out, with a warning. */
        SKIP
    }

    private PolicySettings() {}
}
