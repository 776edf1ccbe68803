package dev.caravan.source.mailbox;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.time.Duration;
import java.util.Optional;

/** The mailbox from which mail is taken. {@code docs/settings.md} says what each setting means. */
public final class MailboxSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<String>> SERVER = GROUP.add(Setting.of(
            "mailbox.server",
            "",
            SettingType.matching(
                            "imaps://host:port, imap://..., pop3s://... or pop3://..., the port may be left out",
                            "(imap|pop3)s?://[A-Za-z0-9.-]{1,255}(:[0-9]{1,5})?")
                    .optional()));
    public static final Setting<String> USER = GROUP.add(Setting.of("mailbox.user", "", SettingType.text("a name")));
    public static final Setting<Optional<String>> PASSWORD_FILE =
            GROUP.add(Setting.of("mailbox.password-file", "", SettingType.file().optional()));
    public static final Setting<String> FOLDER = GROUP.add(
            Setting.of("mailbox.folder", "INBOX", SettingType.matching("the name of a folder", "\\P{Cntrl}+")));
    public static final Setting<Duration> POLL_INTERVAL = GROUP.add(
            Setting.of("mailbox.poll-interval", "1m", SettingType.duration()).formerly("mailbox.every"));
    public static final Setting<Boolean> KEEP = GROUP.add(Setting.of("mailbox.keep", "false", SettingType.flag()));
    public static final Setting<Boolean> EXACT_SIZE =
            GROUP.add(Setting.of("mailbox.exact-size", "true", SettingType.flag()));
    public static final Setting<Optional<String>> FROM = GROUP.add(
            Setting.of("mailbox.from", "", SettingType.text("an address, or <>").optional()));
    public static final Setting<Optional<String>> TO = GROUP.add(Setting.of(
            "mailbox.to", "", SettingType.text("addresses, separated by commas").optional()));
    public static final Setting<Optional<String>> TO_FIELD = GROUP.add(Setting.of(
            "mailbox.to-field",
            "",
            SettingType.matching("the name of a header field, such as Delivered-To", "[A-Za-z0-9-]{1,76}")
                    .optional()));

    private MailboxSettings() {}
}
