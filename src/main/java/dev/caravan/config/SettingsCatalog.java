package dev.caravan.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** All settings that exist. Thread-safe. */
public final class SettingsCatalog {
    private final List<Setting<?>> settings = new ArrayList<>();
    private final Map<String, Setting<?>> byKey = new HashMap<>();
    private final Map<String, String> placeholders;
    private final Set<String> reservedKeys;
    private final Set<String> ownedPrefixes = new LinkedHashSet<>();

    /**
     * @param groups the settings of each package.
     * @param reservedKeys keys that a later version will know; they may be given and have no effect.
     * @param placeholders names for use in routes that are not settings: the current name by each former one.
     * @throws IllegalArgumentException if two settings have the same key.
     */
    public SettingsCatalog(List<SettingGroup> groups, Set<String> reservedKeys, Map<String, String> placeholders) {
        this.reservedKeys = Set.copyOf(reservedKeys);
        this.placeholders = Map.copyOf(placeholders);
        for (SettingGroup group : groups) {
            for (Setting<?> setting : group.settings()) {
                settings.add(setting);
                register(setting.key(), setting);
                setting.formerKeys().forEach(key -> register(key, setting));
            }
        }
        List<String> prefixes = settings.stream()
                .map(setting -> prefix(setting.key()))
                .distinct()
                .toList();
        settings.sort(Comparator.comparingInt(setting -> prefixes.indexOf(prefix(setting.key()))));
        // An operator may use a prefix for keys of their own that became one only with the new name of an old setting.
        settings.stream()
                .flatMap(setting ->
                        setting.formerKeys().isEmpty() ? Stream.of(setting.key()) : setting.formerKeys().stream())
                .forEach(key -> ownedPrefixes.add(prefix(key)));
        reservedKeys.forEach(key -> ownedPrefixes.add(prefix(key)));
    }

    private void register(String key, Setting<?> setting) {
        if (byKey.put(key, setting) != null) {
            throw new IllegalArgumentException("two settings have the key " + key);
        }
    }

    private static String prefix(String key) {
        int dot = key.indexOf('.');
        return dot < 0 ? key : key.substring(0, dot);
    }

    /** In the order of {@code docs/settings.md}: by the first word of the key, then in the order of the groups. */
    public List<Setting<?>> settings() {
        return List.copyOf(settings);
    }

    /** The setting with that key, now or in an earlier version. */
    public Optional<Setting<?>> find(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    /** The present key for a former one; any other key unchanged. */
    public String currentKey(String key) {
        return find(key).<String>map(Setting::key).orElse(key);
    }

    /** Former names for {@code {{...}}} in routes, those of settings among them, with the present ones. */
    public Map<String, String> formerNames() {
        Map<String, String> names = new HashMap<>(placeholders);
        settings.forEach(setting -> setting.formerKeys().forEach(key -> names.put(key, setting.key())));
        return names;
    }

    /** Keys that have no effect in this version. */
    public Set<String> reservedKeys() {
        return reservedKeys;
    }

    /** Whether a key belongs to an operator, for use in routes. */
    public boolean isOwnKey(String key) {
        return !byKey.containsKey(key) && !reservedKeys.contains(key);
    }

    /** The first words of keys, up to the dot, that no key of an operator's own may have. */
    public Set<String> ownedPrefixes() {
        return Set.copyOf(ownedPrefixes);
    }

    /**
     * What is wrong with a key that is not of a setting.
     *
     * @param origin where it was given.
     * @return empty if the key is reserved, or an operator may use it.
     */
    public Optional<ConfigProblem> unknown(String key, String origin) {
        if (!isOwnKey(key)) {
            return Optional.empty();
        }
        Optional<String> meant = nearest(key);
        boolean isMistake = ownedPrefixes.contains(prefix(key))
                || meant.filter(setting -> prefix(setting).equals(prefix(key))).isPresent();
        return isMistake
                ? Optional.of(new ConfigProblem(
                        origin,
                        key + " is no setting"
                                + meant.map(setting -> "; is " + setting + " meant?")
                                        .orElse(""),
                        "one of docs/settings.md"))
                : Optional.empty();
    }

    /** The setting whose key is the nearest to a word, at most two edits away. */
    public Optional<String> nearest(String word) {
        return Spelling.nearest(word, settings.stream().map(Setting::key).toList());
    }
}
