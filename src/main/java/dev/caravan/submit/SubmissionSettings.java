package dev.caravan.submit;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;

/** What is done to messages of users and devices. {@code docs/settings.md} says what each setting means. */
public final class SubmissionSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<FromCheck> FROM_CHECK =
            GROUP.add(Setting.of("submission.from-check", "refuse", SettingType.oneOf(FromCheck.class))
                    .live());

    private SubmissionSettings() {}
}
