package dev.caravan.camel;

import java.util.Arrays;
import java.util.Optional;

/**
 * Every setting of ours: key and default. {@code docs/settings.md} says what each means; {@code SettingsDocTest} holds
 * the two together.
 */
public enum Setting {
    HOSTNAME("mail.hostname", ""),
    LOCAL_DOMAINS("mail.local-domains", ""),
    RELAY_NETWORKS("mail.relay-networks", "127.0.0.0/8, ::1/128"),
    USERS("mail.users", "users"),
    ALIASES("mail.aliases", "aliases"),
    CONFIRM("mail.confirm", "on-request"),
    WARN_AFTER("mail.warn-after", "4h"),
    MAX_HOPS("mail.max-hops", "30"),
    KEEP_BOUNCED("mail.keep-bounced", "7d"),
    LISTEN("smtp.listen", "127.0.0.1:2525"),
    MAX_CONNECTIONS("smtp.max-connections", "10000"),
    MAX_CONNECTIONS_PER_ADDRESS("smtp.max-connections-per-address", "100"),
    MAX_ERRORS("smtp.max-errors", "20"),
    MAX_RECIPIENTS("smtp.max-recipients", "1000"),
    IDLE_TIMEOUT("smtp.idle-timeout", "5m"),
    COMMAND_TIMEOUT("smtp.command-timeout", "5m"),
    POLICY_THREADS("smtp.policy-threads", "32"),
    MAX_SIZE("content.max-size", "50MiB"),
    INLINE_LIMIT("content.inline-limit", "256KiB"),
    MAX_LINE("content.max-line", "1MiB"),
    MEMORY_BUDGET("content.memory-budget", "64MiB"),
    DNS_SERVERS("dns.servers", ""),
    DELIVERY_PORT("delivery.port", "25"),
    SMARTHOST("delivery.smarthost", ""),
    CONCURRENCY("delivery.concurrency", "40"),
    PAUSED("deliver.paused", "false"),
    BROKER_URL("broker.url", ""),
    BROKER_LISTEN("broker.listen", ""),
    STORE_TIMEOUT("broker.store-timeout", "30s"),
    MAX_DISK_USE("broker.max-disk-use", "85"),
    /** Mail is refused for want of disk only if less than this is left, too. */
    MIN_DISK_FREE("broker.min-disk-free", "1GiB");

    private final String key;
    private final String standard;

    Setting(String key, String standard) {
        this.key = key;
        this.standard = standard;
    }

    public String key() {
        return key;
    }

    /** The default as it would be written in a file; empty where it depends on the machine. */
    public String standard() {
        return standard;
    }

    public static Optional<Setting> of(String key) {
        return Arrays.stream(values()).filter(s -> s.key.equals(key)).findFirst();
    }
}
