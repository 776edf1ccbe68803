package dev.caravan.settle;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.outcome.SuccessReports;
import java.time.Duration;

/** Notifications to senders. {@code docs/settings.md} says what each setting means. */
public final class ReportSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<SuccessReports> SUCCESS =
            GROUP.add(Setting.of("dsn.success", "on-request", SettingType.oneOf(SuccessReports.class))
                    .formerly("mail.confirm"));
    public static final Setting<Duration> DELAY_WARNING = GROUP.add(
            Setting.of("queue.delay-warning", "4h", SettingType.duration()).formerly("mail.warn-after"));

    private ReportSettings() {}
}
