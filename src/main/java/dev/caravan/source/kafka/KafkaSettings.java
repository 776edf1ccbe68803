package dev.caravan.source.kafka;

import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import java.util.Optional;

/** The Kafka topic from which mail is taken. {@code docs/settings.md} says what each setting means. */
public final class KafkaSettings {
    private static final String NAME = "[A-Za-z0-9._-]{0,249}";
    private static final String NAME_EXPECTED = "a name of letters, digits, dots, hyphens and underscores";

    public static final SettingGroup GROUP = new SettingGroup();

    public static final Setting<Optional<String>> BROKERS = GROUP.add(Setting.of(
            "kafka.brokers",
            "",
            SettingType.matching(
                            "host:port, several separated by commas",
                            "[A-Za-z0-9.-]+:[0-9]{1,5}(,[A-Za-z0-9.-]+:[0-9]{1,5})*")
                    .optional()));
    public static final Setting<String> TOPIC =
            GROUP.add(Setting.of("kafka.topic", "mail", SettingType.matching(NAME_EXPECTED, NAME)));
    public static final Setting<String> GROUP_ID =
            GROUP.add(Setting.of("kafka.group", "caravan", SettingType.matching(NAME_EXPECTED, NAME)));

    private KafkaSettings() {}
}
