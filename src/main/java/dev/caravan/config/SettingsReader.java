package dev.caravan.config;

import dev.caravan.mail.Domain;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/** Where the values of the settings come from, so that a mistake can be shown where it was made. */
public final class SettingsReader {
    private static final Set<String> OUR_PREFIXES = Set.of(
            "mail",
            "smtp",
            "submission",
            "smtps",
            "http",
            "sendmail",
            "pickup",
            "sql",
            "kafka",
            "mailbox",
            "content",
            "dns",
            "delivery",
            "deliver",
            "events",
            "broker");

    private final Map<String, String> values = new TreeMap<>();
    private final Map<String, String> origins = new TreeMap<>();
    private final List<ConfigProblem> problems = new ArrayList<>();

    /**
     * Reads {@code caravan.properties}, then what stands above it.
     *
     * @param overrides what {@code --set} gave.
     * @param environment the environment variables.
     * @throws IOException if the file cannot be read.
     */
    public SettingsReader(ServerHome home, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        Path file = home.own("caravan.properties");
        if (Files.exists(file)) {
            readFile(file);
        }
        for (Setting setting : Setting.values()) {
            Optional.ofNullable(environment.get(setting.variable()))
                    .ifPresent(value -> put(setting.key(), value, "environment " + setting.variable()));
        }
        overrides.forEach((key, value) -> put(key, value, "--set"));
        check();
        for (Setting setting : Setting.values()) {
            values.putIfAbsent(setting.key(), setting.standard());
        }
        if (values.get(Setting.HOSTNAME.key()).isEmpty()) {
            values.put(Setting.HOSTNAME.key(), machineName());
        }
        if (values.get(Setting.LOCAL_DOMAINS.key()).isEmpty()) {
            values.put(Setting.LOCAL_DOMAINS.key(), values.get(Setting.HOSTNAME.key()));
        }
    }

    private void put(String key, String value, String origin) {
        values.put(key, value.strip());
        origins.put(key, origin);
    }

    private void readFile(Path file) throws IOException {
        try {
            List<String> lines = Files.readAllLines(file);
            Properties properties = new Properties();
            properties.load(new StringReader(String.join("\n", lines)));
            for (String key : properties.stringPropertyNames()) {
                put(key, properties.getProperty(key), ConfigProblem.at(file, lineOf(key, lines)));
            }
        } catch (CharacterCodingException e) {
            problems.add(new ConfigProblem(file.toString(), "not a text file", "ASCII or UTF-8"));
        } catch (IllegalArgumentException e) {
            problems.add(
                    new ConfigProblem(file.toString(), "a broken \\u escape", "four hexadecimal digits behind it"));
        }
    }

    /** The last line that sets a key, which is the one that counts; 0 if none does by itself. */
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

    /** A value that cannot be used is reported and forgotten: its default takes its place. */
    private void check() {
        for (Map.Entry<String, String> origin : origins.entrySet()) {
            String key = origin.getKey();
            Optional<ConfigProblem> problem = Setting.of(key)
                    .map(setting -> objection(setting, origin.getValue()))
                    .orElseGet(() -> unknown(key, origin.getValue()));
            problem.ifPresent(found -> {
                problems.add(found);
                values.remove(key);
            });
        }
    }

    private Optional<ConfigProblem> objection(Setting setting, String origin) {
        String value = values.get(setting.key());
        // An empty value is how a file says "the default".
        if (value.isEmpty() && setting.standard().isEmpty()) {
            return Optional.empty();
        }
        return setting.form()
                .objection(value)
                .map(reason -> new ConfigProblem(
                        origin,
                        setting.key() + "=" + value + (reason.isEmpty() ? "" : ": " + reason),
                        reason.contains("expected:") ? "" : setting.form().expected()));
    }

    private static Optional<ConfigProblem> unknown(String key, String origin) {
        String prefix = key.contains(".") ? key.substring(0, key.indexOf('.')) : key;
        return OUR_PREFIXES.contains(prefix) && !Settings.UNSERVED.contains(key)
                ? Optional.of(new ConfigProblem(origin, key + " is no setting", "one of docs/settings.md"))
                : Optional.empty();
    }

    private static String machineName() {
        try {
            return new Domain(InetAddress.getLocalHost().getHostName()).text();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return "localhost";
        }
    }

    /** Keys that are not settings, by where they were given: of the operator's own, for routes. */
    public Map<String, String> ownKeys() {
        Map<String, String> own = new TreeMap<>(origins);
        own.keySet().removeIf(key -> Setting.of(key).isPresent() || Settings.UNSERVED.contains(key));
        return own;
    }

    public List<ConfigProblem> problems() {
        return List.copyOf(problems);
    }

    /** All values, with defaults where nothing usable was given. */
    Map<String, String> values() {
        return Map.copyOf(values);
    }
}
