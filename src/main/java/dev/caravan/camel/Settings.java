package dev.caravan.camel;

import dev.caravan.mail.Domain;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The settings in force. A value comes from {@code --set}, else from the environment ({@code smtp.listen} is
 * {@code SMTP_LISTEN}), else from {@code caravan.properties}, else it is the default. Keys that are not ours are kept:
 * routes may use them as placeholders.
 */
public final class Settings {
    private static final Set<String> OUR_PREFIXES =
            Set.of("mail", "smtp", "submission", "smtps", "http", "content", "dns", "delivery", "deliver", "broker");
    /** Listeners that are part of the contract and that this version does not serve. */
    private static final Set<String> UNSERVED = Set.of("submission.listen", "smtps.listen", "http.listen");

    private final Map<String, String> values;

    private Settings(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads the settings of a home.
     *
     * @param overrides what {@code --set} gave.
     * @param environment the environment variables.
     * @throws SettingException if a key of ours is unknown.
     */
    public static Settings load(Home home, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        Map<String, String> values = new TreeMap<>();
        for (Setting setting : Setting.values()) {
            values.put(setting.key(), setting.standard());
        }
        Path file = home.own("caravan.properties");
        if (Files.exists(file)) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(reader);
            }
            properties
                    .stringPropertyNames()
                    .forEach(key -> values.put(key, properties.getProperty(key).strip()));
        }
        for (Setting setting : Setting.values()) {
            String name =
                    setting.key().toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
            Optional.ofNullable(environment.get(name)).ifPresent(value -> values.put(setting.key(), value));
        }
        values.putAll(overrides);
        values.keySet().forEach(Settings::requireKnown);
        if (values.get(Setting.HOSTNAME.key()).isEmpty()) {
            values.put(Setting.HOSTNAME.key(), machineName());
        }
        if (values.get(Setting.LOCAL_DOMAINS.key()).isEmpty()) {
            values.put(Setting.LOCAL_DOMAINS.key(), values.get(Setting.HOSTNAME.key()));
        }
        return new Settings(values);
    }

    private static void requireKnown(String key) {
        String prefix = key.contains(".") ? key.substring(0, key.indexOf('.')) : key;
        if (OUR_PREFIXES.contains(prefix) && Setting.of(key).isEmpty() && !UNSERVED.contains(key)) {
            throw new SettingException(key, "...", "a key of docs/settings.md; this one is unknown");
        }
    }

    private static String machineName() {
        try {
            return new Domain(InetAddress.getLocalHost().getHostName()).text();
        } catch (UnknownHostException | IllegalArgumentException e) {
            return "localhost";
        }
    }

    /** Settings that were given although nothing here serves them; the operator is warned of each. */
    public List<String> unserved() {
        return UNSERVED.stream().filter(values::containsKey).sorted().toList();
    }

    /** All values by key, for the placeholders of the routes. */
    public Map<String, String> all() {
        return new TreeMap<>(values);
    }

    public String text(Setting setting) {
        return values.get(setting.key());
    }

    /** The value, or empty if it is blank. */
    public Optional<String> optional(Setting setting) {
        return Optional.of(text(setting)).filter(text -> !text.isBlank());
    }

    /** A list separated by commas or white space. */
    public List<String> list(Setting setting) {
        return Arrays.stream(text(setting).split("[,\\s]+"))
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    /**
     * A value of a form that others define.
     *
     * @param reading reads the text; throws {@link IllegalArgumentException} if it cannot.
     * @param expected the form, in words.
     */
    <T> T value(Setting setting, Function<String, T> reading, String expected) {
        try {
            return reading.apply(text(setting));
        } catch (IllegalArgumentException e) {
            throw new SettingException(setting.key(), text(setting), expected + "; " + e.getMessage());
        }
    }

    public Domain domain(Setting setting) {
        return value(setting, Domain::new, "a domain name");
    }

    public List<Domain> domains(Setting setting) {
        return value(
                setting, text -> list(setting).stream().map(Domain::new).toList(), "domain names separated by commas");
    }

    public boolean flag(Setting setting) {
        String text = text(setting).toLowerCase(Locale.ROOT);
        if (!text.equals("true") && !text.equals("false")) {
            throw new SettingException(setting.key(), text, "true or false");
        }
        return text.equals("true");
    }

    /** A whole number from 1 to {@code most}. */
    public int count(Setting setting, int most) {
        long number = Quantity.whole(text(setting)).orElse(0L);
        if (number < 1 || number > most) {
            throw new SettingException(setting.key(), text(setting), "a whole number from 1 to " + most);
        }
        return (int) number;
    }

    /** A size such as {@code 50MiB}, {@code 256KiB} or {@code 1000}: octets. */
    public long octets(Setting setting) {
        return octets(setting, Long.MAX_VALUE);
    }

    /** A size of at most so many octets. */
    long octets(Setting setting, long most) {
        String limit = most == Long.MAX_VALUE ? "" : ", at most " + most + " octets";
        return Quantity.octets(text(setting))
                .filter(octets -> octets > 0 && octets <= most)
                .orElseThrow(() -> new SettingException(setting.key(), text(setting), "a size such as 50MiB" + limit));
    }

    /** A duration such as {@code 30s}, {@code 15m}, {@code 4h} or {@code 7d}. */
    public Duration duration(Setting setting) {
        return Quantity.duration(text(setting))
                .filter(duration -> !duration.isZero())
                .orElseThrow(() -> new SettingException(setting.key(), text(setting), "a duration such as 15m"));
    }

    public Address address(Setting setting) {
        return Address.parse(text(setting))
                .orElseThrow(() -> new SettingException(setting.key(), text(setting), "host:port"));
    }
}
