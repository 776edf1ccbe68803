package dev.caravan.events;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.queue.QueueNames;
import java.util.List;
import java.util.Optional;

/** The readers of events. {@code docs/settings.md} says what each setting means. */
public final class EventSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Boolean> TOPIC = GROUP.add(Setting.of("events.topic", "false", SettingType.flag()));
    public static final Setting<List<String>> QUEUES = GROUP.add(Setting.of("events.queues", "", queues()));

    private EventSettings() {}

    private static SettingType<List<String>> queues() {
        return new SettingType<>("names of queues such as mail.events.webhook, separated by commas", true, text -> {
            List<String> names = SettingType.words(text).stream().distinct().toList();
            return names.stream().allMatch(QueueNames::mayTakeEvents) ? Optional.of(names) : Optional.empty();
        });
    }
}
