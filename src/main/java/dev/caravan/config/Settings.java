package dev.caravan.config;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The values of all settings. A value comes from {@code --set}, else from the environment ({@code smtp.listen} is
 * {@code SMTP_LISTEN}), else from {@code caravan.properties}, else it is the default. Other keys are kept, because routes may
 * use them as placeholders. Immutable.
 */
public final class Settings {
    private final SettingsCatalog catalog;
    private final Map<String, String> texts;
    private final Map<Setting<?>, Object> values;
    private final List<ConfigProblem> warnings;
    private final Origin origin;

    /** Where settings are read from, to be read again. */
    private interface Origin {
        SettingsReader read() throws IOException;
    }

    private Settings(SettingsCatalog catalog, Map<String, String> texts, List<ConfigProblem> warnings, Origin origin) {
        this(catalog, texts, parse(catalog, texts), warnings, origin);
    }

    private Settings(
            SettingsCatalog catalog,
            Map<String, String> texts,
            Map<Setting<?>, Object> values,
            List<ConfigProblem> warnings,
            Origin origin) {
        this.catalog = catalog;
        this.texts = new TreeMap<>(texts);
        this.values = values;
        this.warnings = List.copyOf(warnings);
        this.origin = origin;
    }

    private static String given(Map<String, String> texts, Setting<?> setting) {
        String text = texts.get(setting.key());
        if (text == null) {
            throw new IllegalArgumentException(setting + " (expected: a setting of the catalog)");
        }
        return text;
    }

    private static Map<Setting<?>, Object> parse(SettingsCatalog catalog, Map<String, String> texts) {
        Map<Setting<?>, Object> values = new HashMap<>();
        for (Setting<?> setting : catalog.settings()) {
            String text = given(texts, setting);
            Object value = setting.type()
                    .read(text)
                    .orElseThrow(() -> new IllegalArgumentException(
                            setting.key() + "=" + text + " (expected: " + setting.expected() + ")"));
            values.put(setting, value);
        }
        return values;
    }

    /**
     * Reads the settings of a home.
     *
     * @param catalog the settings that exist.
     * @param overrides what {@code --set} gave.
     * @param environment the environment variables.
     * @throws InvalidSettingsException if a key is unknown or a value does not fit; names all of them.
     */
    public static Settings load(
            SettingsCatalog catalog, ServerHome home, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        return load(() -> new SettingsReader(catalog, home, overrides, environment));
    }

    private static Settings load(Origin origin) throws IOException {
        SettingsReader sources = origin.read();
        if (!sources.problems().isEmpty()) {
            throw new InvalidSettingsException(sources.problems());
        }
        return new Settings(sources.catalog(), sources.values(), sources.warnings(), origin);
    }

    /** The settings, with the defaults instead of values that cannot be used. */
    public static Settings of(SettingsReader sources) {
        return new Settings(sources.catalog(), sources.values(), sources.warnings(), () -> sources);
    }

    /** These settings, which add each setting that is read to a set. */
    public Settings recording(Set<Setting<?>> asked) {
        Map<Setting<?>, Object> recorded = new HashMap<>(values) {
            private static final long serialVersionUID = 1L;

            @Override
            public @Nullable Object get(Object key) {
                asked.add((Setting<?>) key);
                return super.get(key);
            }
        };
        return new Settings(catalog, texts, recorded, warnings, origin);
    }

    /**
     * The settings read again from the same sources; these themselves if they were not read from any.
     *
     * @throws InvalidSettingsException if a key is unknown or a value does not fit; names all of them.
     */
    public Settings readAgain() throws IOException {
        return load(origin);
    }

    /** The keys, including those that are not settings, whose values differ or are missing in one of both. */
    public Set<String> differences(Settings others) {
        Set<String> keys = new TreeSet<>(texts.keySet());
        keys.addAll(others.texts.keySet());
        keys.removeIf(key -> Objects.equals(texts.get(key), others.texts.get(key)));
        return keys;
    }

    /**
     * These settings with another value for one.
     *
     * @throws IllegalArgumentException if the text does not fit.
     */
    public Settings with(Setting<?> setting, String text) {
        Map<String, String> others = new TreeMap<>(texts);
        others.put(setting.key(), text);
        return new Settings(catalog, others, warnings, origin);
    }

    /** The settings that exist. */
    public SettingsCatalog catalog() {
        return catalog;
    }

    /** The uses of former keys, with the present ones. */
    public List<ConfigProblem> warnings() {
        return warnings;
    }

    /** Given settings that have no effect in this version. */
    public List<String> unserved() {
        return catalog.reservedKeys().stream()
                .filter(texts::containsKey)
                .sorted()
                .toList();
    }

    /** All values by key, and by former key, for the placeholders of the routes. */
    public Map<String, String> all() {
        Map<String, String> all = new TreeMap<>(texts);
        for (Setting<?> setting : catalog.settings()) {
            setting.formerKeys().forEach(key -> all.put(key, text(setting)));
        }
        return all;
    }

    /**
     * The value as it was given.
     *
     * @throws IllegalArgumentException if the setting is not one of the catalog.
     */
    public String text(Setting<?> setting) {
        return given(texts, setting);
    }

    /**
     * The value.
     *
     * @throws IllegalArgumentException if the setting is not one of the catalog.
     */
    // Each value was made by the type of its setting.
    @SuppressWarnings("unchecked")
    public <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        if (value == null) {
            throw new IllegalArgumentException(setting + " (expected: a setting of the catalog)");
        }
        return (T) value;
    }
}
