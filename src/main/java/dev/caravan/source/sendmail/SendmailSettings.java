package dev.caravan.source.sendmail;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.util.Optional;

/** The folder of the command {@code sendmail}. {@code docs/settings.md} says what each setting means. */
public final class SendmailSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<String>> FOLDER = GROUP.add(
            Setting.of("sendmail.folder", "sendmail", SettingType.folder().optional()));

    private SendmailSettings() {}
}
