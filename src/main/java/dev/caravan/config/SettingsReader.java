package dev.caravan.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Reads settings, and remembers where each was given, so that a mistake can be reported with its place. */
public final class SettingsReader {
    private final SettingsCatalog catalog;
    private final Map<String, String> values = new TreeMap<>();
    private final Map<String, Given> given = new TreeMap<>();
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<ConfigProblem> warnings = new ArrayList<>();

    /**
     * How a value was given.
     *
     * @param key which may be a former one.
     */
    private record Given(String key, String value, String origin) {}

    /**
     * Reads {@code caravan.properties}, then what takes precedence over it.
     *
     * @param catalog the settings that exist.
     * @param overrides what {@code --set} gave.
     * @param environment the environment variables.
     * @throws IOException if the file cannot be read.
     */
    public SettingsReader(
            SettingsCatalog catalog, ServerHome home, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        this.catalog = catalog;
        Path file = home.resolve("caravan.properties");
        if (Files.exists(file)) {
            readFile(file);
        }
        putAll(ofEnvironment(environment), key -> "environment " + Setting.variable(key));
        putAll(overrides, key -> "--set");
        check();
        for (Setting<?> setting : catalog.settings()) {
            values.putIfAbsent(setting.key(), setting.defaultValue());
        }
        for (Setting<?> setting : catalog.settings()) {
            if (values.getOrDefault(setting.key(), "").isEmpty()
                    && setting.defaultValue().isEmpty()) {
                values.put(setting.key(), setting.defaultFor(values));
            }
        }
    }

    private Map<String, String> ofEnvironment(Map<String, String> environment) {
        Map<String, String> found = new HashMap<>();
        for (Setting<?> setting : catalog.settings()) {
            List<String> keys = new ArrayList<>(setting.formerKeys());
            keys.add(setting.key());
            for (String key : keys) {
                Optional.ofNullable(environment.get(Setting.variable(key))).ifPresent(value -> found.put(key, value));
            }
        }
        return found;
    }

    /** Adds the values of one source, by present keys. */
    private void putAll(Map<String, String> source, UnaryOperator<String> originOf) {
        Map<String, String> taken = new HashMap<>();
        Map<String, String> keys = new HashMap<>();
        new TreeMap<>(source).forEach((key, text) -> {
            String current = catalog.currentKey(key);
            String value = text.strip();
            String origin = originOf.apply(key);
            if (!current.equals(key)) {
                warnings.add(new ConfigProblem(origin, key + " is now called " + current));
            }
            String other = taken.put(current, value);
            if (other != null && !other.equals(value)) {
                problems.add(new ConfigProblem(
                        origin,
                        key + "=" + value + ", and " + keys.get(current) + "=" + other + ", are the same setting",
                        "only " + current));
            }
            keys.put(current, key);
            values.put(current, value);
            given.put(current, new Given(key, value, origin));
        });
    }

    private void readFile(Path file) throws IOException {
        try {
            List<String> lines = Files.readAllLines(file);
            Properties properties = new Properties();
            properties.load(new StringReader(String.join("\n", lines)));
            Map<String, String> texts = new HashMap<>();
            Map<String, String> origins = new HashMap<>();
            for (String key : properties.stringPropertyNames()) {
                texts.put(key, properties.getProperty(key));
                origins.put(key, ConfigProblem.at(file, lineOf(key, lines)));
            }
            putAll(texts, origins::get);
        } catch (CharacterCodingException e) {
            problems.add(new ConfigProblem(file.toString(), "not a text file", "ASCII or UTF-8"));
        } catch (IllegalArgumentException e) {
            problems.add(
                    new ConfigProblem(file.toString(), "a broken \\u escape", "four hexadecimal digits behind it"));
        }
    }

    /** The last line that sets a key, because it takes precedence; 0 if no single line does. */
    private static int lineOf(String key, List<String> lines) throws IOException {
        for (int i = lines.size(); i > 0; i--) {
            Properties one = new Properties();
            one.load(new StringReader(lines.get(i - 1)));
            if (one.containsKey(key)) {
                return i;
            }
        }
        return 0;
    }

    /** Reports values that cannot be used, and replaces them by the defaults. */
    private void check() {
        given.forEach((key, how) -> {
            Optional<ConfigProblem> problem = catalog.find(key)
                    .map(setting -> setting.objection(how.key(), how.value(), how.origin()))
                    .orElseGet(() -> catalog.unknown(key, how.origin()));
            problem.ifPresent(found -> {
                problems.add(found);
                values.remove(key);
            });
        });
    }

    /** The settings that exist. */
    SettingsCatalog catalog() {
        return catalog;
    }

    /** Keys of the operator's own, for routes, with the places where they were given. */
    public Map<String, String> ownKeys() {
        Map<String, String> own = new TreeMap<>();
        given.forEach((key, how) -> {
            if (catalog.isOwnKey(key)) {
                own.put(key, how.origin());
            }
        });
        return own;
    }

    /** The values that cannot be used. */
    public List<ConfigProblem> problems() {
        return List.copyOf(problems);
    }

    /** The uses of former keys. */
    public List<ConfigProblem> warnings() {
        return List.copyOf(warnings);
    }

    /** All values, with defaults where nothing usable was given. */
    Map<String, String> values() {
        return Map.copyOf(values);
    }
}
