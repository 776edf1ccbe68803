package dev.caravan.config;

import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.Networks;
import dev.caravan.net.SmtpListeners;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.policy.LocalDomains;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The settings in force, each of the form that {@link Setting} says. A value comes from {@code --set}, else from the
 * environment ({@code smtp.listen} is {@code SMTP_LISTEN}), else from {@code caravan.properties}, else it is the
 * default. Keys that are not ours are kept: routes may use them as placeholders.
 */
public final class Settings {
    /** Listeners that are part of the contract and that this version does not serve. */
    static final Set<String> UNSERVED = Set.of("submission.listen", "smtps.listen");

    private final Map<String, String> values;
    private final Origin origin;

    /** Where settings are read from, to be read again. */
    private interface Origin {
        SettingsReader read() throws IOException;
    }

    private Settings(Map<String, String> values, Origin origin) {
        this.values = new TreeMap<>(values);
        this.origin = origin;
    }

    /**
     * Reads the settings of a home.
     *
     * @param overrides what {@code --set} gave.
     * @param environment the environment variables.
     * @throws InvalidSettingsException if a key of ours is unknown or a value does not fit; names all of them.
     */
    public static Settings load(ServerHome home, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        return load(() -> new SettingsReader(home, overrides, environment));
    }

    private static Settings load(Origin origin) throws IOException {
        SettingsReader sources = origin.read();
        if (!sources.problems().isEmpty()) {
            throw new InvalidSettingsException(sources.problems());
        }
        return new Settings(sources.values(), origin);
    }

    /** The settings with defaults in the place of what cannot be used. */
    public static Settings of(SettingsReader sources) {
        return new Settings(sources.values(), () -> sources);
    }

    /**
     * The settings as they would be read now; the same if these were made of others.
     *
     * @throws InvalidSettingsException if a key of ours is unknown or a value does not fit; names all of them.
     */
    public Settings readAgain() throws IOException {
        return load(origin);
    }

    /** The keys, also those of routes, that have another value here than there, or are in one of them only. */
    public Set<String> differences(Settings others) {
        Set<String> keys = new TreeSet<>(values.keySet());
        keys.addAll(others.values.keySet());
        keys.removeIf(key -> Objects.equals(values.get(key), others.values.get(key)));
        return keys;
    }

    /** These settings with another value for one, which must fit. */
    public Settings with(Setting setting, String value) {
        Settings others = new Settings(values, origin);
        others.values.put(setting.key(), value);
        return others;
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

    public Domain domain(Setting setting) {
        return value(setting, Domain.class);
    }

    @SuppressWarnings("unchecked")
    public List<Domain> domains(Setting setting) {
        return value(setting, List.class);
    }

    public Networks networks(Setting setting) {
        return value(setting, Networks.class);
    }

    public SuccessReports confirm(Setting setting) {
        return value(setting, SuccessReports.class);
    }

    public boolean flag(Setting setting) {
        return value(setting, Boolean.class);
    }

    public int count(Setting setting) {
        return value(setting, Integer.class);
    }

    /** A size such as {@code 50MiB}, {@code 256KiB} or {@code 1000}: octets. */
    public long octets(Setting setting) {
        return value(setting, Long.class);
    }

    /** A duration such as {@code 30s}, {@code 15m}, {@code 4h} or {@code 7d}. */
    public Duration duration(Setting setting) {
        return value(setting, Duration.class);
    }

    /** Names, in the order in which they were given. */
    @SuppressWarnings("unchecked")
    public List<String> names(Setting setting) {
        return value(setting, List.class);
    }

    /** Where we listen. */
    @SuppressWarnings("unchecked")
    public SmtpListeners smtpListeners() {
        return SmtpListeners.of(value(Setting.LISTEN, List.class));
    }

    /** Where we listen, if we do. */
    @SuppressWarnings("unchecked")
    public Optional<ListenAddress> listener(Setting setting) {
        return value(setting, Optional.class);
    }

    /** A host elsewhere; empty if none was given. */
    @SuppressWarnings("unchecked")
    public Optional<HostAndPort> host(Setting setting) {
        return value(setting, Optional.class);
    }

    /** The name servers to ask; empty for those of the system. */
    @SuppressWarnings("unchecked")
    public List<InetSocketAddress> nameServers() {
        List<HostAndPort> servers = value(Setting.DNS_SERVERS, List.class);
        return servers.stream()
                .map(server -> new InetSocketAddress(address(server), server.port()))
                .toList();
    }

    private static InetAddress address(HostAndPort server) {
        return server.address().orElseThrow();
    }

    private <T> T value(Setting setting, Class<T> type) {
        return type.cast(setting.form().read(text(setting)).orElseThrow());
    }

    /** Our own name always counts: mail for postmaster without a domain, and bounces of bounces, go there. */
    public LocalDomains localDomains() {
        Set<Domain> domains = new HashSet<>(domains(Setting.LOCAL_DOMAINS));
        domains.add(domain(Setting.HOSTNAME));
        return new LocalDomains(domains);
    }
}
