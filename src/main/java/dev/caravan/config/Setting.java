package dev.caravan.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One setting: its key, the type of its values, its default, and whether a change takes effect in a running server. Each
 * setting is a constant of the package that uses it, in a {@link SettingGroup}. Immutable; two settings are the same only if
 * they are the same object.
 *
 * @param <T> the type of the value that {@link Settings#get} returns.
 */
public final class Setting<T> {
    private final String key;
    private final String defaultValue;
    private final SettingType<T> type;
    private final boolean isLive;
    private final List<String> formerKeys;
    private final Function<Map<String, String>, String> machineDefault;

    private Setting(
            String key,
            String defaultValue,
            SettingType<T> type,
            boolean isLive,
            List<String> formerKeys,
            Function<Map<String, String>, String> machineDefault) {
        this.key = key;
        this.defaultValue = defaultValue;
        this.type = type;
        this.isLive = isLive;
        this.formerKeys = formerKeys;
        this.machineDefault = machineDefault;
    }

    /**
     * A setting that takes effect at the next start.
     *
     * @param key lower-case words: {@code prefix.name-of-the-setting}.
     * @param defaultValue as it would be written in a file; empty for none.
     */
    public static <T> Setting<T> of(String key, String defaultValue, SettingType<T> type) {
        return new Setting<>(key, defaultValue, type, false, List.of(), texts -> defaultValue);
    }

    /** The same setting, whose changes take effect in a running server: a {@link Reconfigurable} reads it. */
    public Setting<T> live() {
        return new Setting<>(key, defaultValue, type, true, formerKeys, machineDefault);
    }

    /** The same setting, which may also be given by its keys of earlier versions. */
    public Setting<T> formerly(String... keys) {
        return new Setting<>(key, defaultValue, type, isLive, List.of(keys), machineDefault);
    }

    /**
     * The same setting with a default that is computed at each start.
     *
     * @param computed gets the texts of all other settings by key.
     */
    public Setting<T> orElse(Function<Map<String, String>, String> computed) {
        return new Setting<>(key, defaultValue, type, isLive, formerKeys, computed);
    }

    public String key() {
        return key;
    }

    /** The default as it would be written in a file; empty if there is none, or if it depends on the machine. */
    public String defaultValue() {
        return defaultValue;
    }

    /** The default for this machine. */
    String defaultFor(Map<String, String> texts) {
        return machineDefault.apply(texts);
    }

    public SettingType<T> type() {
        return type;
    }

    /** What a value looks like, for an operator; also the column "value" of {@code docs/settings.md}. */
    public String expected() {
        // Where the default is empty, an empty value is the default.
        return type.expected() + (type.mayBeEmpty() && !defaultValue.isEmpty() ? "; or nothing" : "");
    }

    /** Whether a change takes effect in a running server. */
    public boolean isLive() {
        return isLive;
    }

    /** The keys of earlier versions, which still work; the latest first. */
    public List<String> formerKeys() {
        return formerKeys;
    }

    /**
     * What is wrong with a text that was given for this setting.
     *
     * @param givenKey the key by which it was given.
     * @param origin where it was given.
     * @return empty if the text can be used.
     */
    public Optional<ConfigProblem> objection(String givenKey, String text, String origin) {
        if (text.isBlank() && defaultValue.isEmpty()) {
            return Optional.empty();
        }
        String given = givenKey + "=" + text;
        return type.objection(text)
                .map(reason -> reason.isEmpty()
                        ? new ConfigProblem(origin, given, expected())
                        : new ConfigProblem(origin, given + ": " + reason));
    }

    /** The name of the environment variable that sets a key: {@code SMTP_LISTEN} for {@code smtp.listen}. */
    public static String variable(String key) {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    @Override
    public String toString() {
        return key;
    }
}
