package dev.caravan.config;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Every setting of ours: key, default, and what its text must look like. {@code docs/settings.md} says what each means; {@code SettingsDocTest} holds
 * the two together.
 */
public enum Setting {
    HOSTNAME("mail.hostname", "", SettingType.domain()),
    LOCAL_DOMAINS("mail.local-domains", "", SettingType.domains()),
    RELAY_NETWORKS("mail.relay-networks", "127.0.0.0/8, ::1/128", SettingType.networks()),
    USERS("mail.users", "users", SettingType.file()),
    ALIASES("mail.aliases", "aliases", SettingType.file()),
    UNSUPPORTED_ALIASES("mail.unsupported-aliases", "refuse", SettingType.choice("refuse", "skip")),
    CONFIRM("mail.confirm", "on-request", SettingType.confirm()),
    WARN_AFTER("mail.warn-after", "4h", SettingType.duration()),
    MAX_HOPS("mail.max-hops", "30", SettingType.count(1, 1000)),
    KEEP_BOUNCED("mail.keep-bounced", "7d", SettingType.duration()),
    LISTEN("smtp.listen", "127.0.0.1:2525", SettingType.addresses()),
    MAX_CONNECTIONS("smtp.max-connections", "10000", SettingType.count(1, 1_000_000)),
    MAX_CONNECTIONS_PER_ADDRESS("smtp.max-connections-per-address", "100", SettingType.count(1, 1_000_000)),
    MAX_ERRORS("smtp.max-errors", "20", SettingType.count(1, 1_000_000)),
    MAX_JUNK_COMMANDS("smtp.max-junk-commands", "100", SettingType.count(1, 1_000_000)),
    MAX_RECIPIENTS("smtp.max-recipients", "1000", SettingType.count(1, 100_000)),
    IDLE_TIMEOUT("smtp.idle-timeout", "5m", SettingType.duration()),
    COMMAND_TIMEOUT("smtp.command-timeout", "5m", SettingType.duration()),
    ANSWER_TIMEOUT("smtp.answer-timeout", "5m", SettingType.duration()),
    STRICT_HELO("smtp.strict-helo", "false", SettingType.flag()),
    COMPLETE_ADDRESSES("smtp.complete-addresses", "true", SettingType.flag()),
    BARE_LF("smtp.bare-lf", "refuse", SettingType.choice("refuse", "repair")),
    POLICY_THREADS("smtp.policy-threads", "32", SettingType.count(1, 10_000)),
    HTTP_LISTEN("http.listen", "127.0.0.1:8025", SettingType.optionalAddress()),
    HTTP_NETWORKS("http.networks", "127.0.0.0/8, ::1/128", SettingType.networks()),
    HTTP_TOKENS("http.tokens", "", SettingType.file()),
    HTTP_MAX_CONNECTIONS("http.max-connections", "512", SettingType.count(1, 1_000_000)),
    HTTP_MAX_CONNECTIONS_PER_ADDRESS("http.max-connections-per-address", "256", SettingType.count(1, 1_000_000)),
    HTTP_HEAD_TIMEOUT("http.head-timeout", "10s", SettingType.duration()),
    HTTP_BODY_TIMEOUT("http.body-timeout", "10m", SettingType.duration()),
    HTTP_BODY_SPACE("http.body-space", "1GiB", SettingType.octets(1, 1L << 40)),
    HTTP_REMEMBER("http.remember", "24h", SettingType.duration()),
    PICKUP_FOLDER("pickup.folder", "", SettingType.folder()),
    PICKUP_KEEP("pickup.keep", "false", SettingType.flag()),
    SENDMAIL_FOLDER("sendmail.folder", "sendmail", SettingType.folder()),
    SQL_URL("sql.url", "", SettingType.databaseUrl()),
    SQL_USER("sql.user", "", SettingType.text("a name")),
    SQL_PASSWORD("sql.password-file", "", SettingType.file()),
    SQL_TABLE("sql.table", "mail_outbox", SettingType.table()),
    KAFKA_BROKERS("kafka.brokers", "", SettingType.hosts()),
    KAFKA_TOPIC("kafka.topic", "mail", SettingType.topic()),
    KAFKA_GROUP("kafka.group", "caravan", SettingType.topic()),
    MAILBOX("mailbox.server", "", SettingType.mailbox()),
    MAILBOX_USER("mailbox.user", "", SettingType.text("a name")),
    MAILBOX_PASSWORD("mailbox.password-file", "", SettingType.file()),
    MAILBOX_FOLDER("mailbox.folder", "INBOX", SettingType.text("the name of a folder")),
    MAILBOX_EVERY("mailbox.every", "1m", SettingType.duration()),
    MAILBOX_KEEP("mailbox.keep", "false", SettingType.flag()),
    MAILBOX_EXACT_SIZE("mailbox.exact-size", "true", SettingType.flag()),
    MAILBOX_FROM("mailbox.from", "", SettingType.text("an address, or <>")),
    MAILBOX_TO("mailbox.to", "", SettingType.text("addresses, separated by commas")),
    MAILBOX_TO_FIELD("mailbox.to-field", "", SettingType.fieldName()),
    MAX_SIZE("content.max-size", "50MiB", SettingType.octets(1, 1L << 40)),
    INLINE_LIMIT("content.inline-limit", "256KiB", SettingType.octets(1, 16L << 20)),
    MAX_LINE("content.max-line", "1MiB", SettingType.octets(1000, 1L << 30)),
    MEMORY_BUDGET("content.memory-budget", "64MiB", SettingType.octets(1, 1L << 40)),
    MAX_JSON("content.max-json", "10MiB", SettingType.octets(1, 256L << 20)),
    SPOOL("content.spool", "spool", SettingType.folder()),
    DNS_SERVERS("dns.servers", "", SettingType.nameServers()),
    DNS_TIMEOUT("dns.timeout", "5s", SettingType.duration()),
    DELIVERY_PORT("delivery.port", "25", SettingType.port()),
    SMARTHOST("delivery.smarthost", "", SettingType.host(25)),
    CONNECT_TIMEOUT("delivery.connect-timeout", "30s", SettingType.duration()),
    REPLY_TIMEOUT("delivery.reply-timeout", "5m", SettingType.duration()),
    END_TIMEOUT("delivery.end-timeout", "10m", SettingType.duration()),
    CONCURRENCY("delivery.concurrency", "40", SettingType.count(1, 10_000)),
    MAILDIRS("delivery.maildirs", "maildir", SettingType.folder()),
    MAX_PER_DESTINATION("delivery.max-per-destination", "20", SettingType.count(1, 10_000)),
    PAUSED("deliver.paused", "false", SettingType.flag()),
    EVENTS_TOPIC("events.topic", "false", SettingType.flag()),
    EVENTS_QUEUES("events.queues", "", SettingType.eventQueues()),
    BROKER_URL("broker.url", "", SettingType.brokerUrl()),
    BROKER_LISTEN("broker.listen", "", SettingType.brokerListen()),
    STORE_TIMEOUT("broker.store-timeout", "30s", SettingType.duration()),
    MAX_DISK_USE("broker.max-disk-use", "85", SettingType.count(1, 100)),
    MIN_DISK_FREE("broker.min-disk-free", "1GiB", SettingType.octets(1, 1L << 40)),
    ACCEPT_LOST_JOURNAL("broker.accept-lost-journal", "false", SettingType.flag());

    /** Those that a running server takes over when they change; all others count after a restart. */
    private static final Set<Setting> LIVE = EnumSet.of(
            RELAY_NETWORKS,
            MAX_HOPS,
            MAX_ERRORS,
            MAX_JUNK_COMMANDS,
            MAX_RECIPIENTS,
            IDLE_TIMEOUT,
            COMMAND_TIMEOUT,
            ANSWER_TIMEOUT,
            STRICT_HELO,
            COMPLETE_ADDRESSES,
            BARE_LF,
            MAX_SIZE,
            MAX_LINE);

    private final String key;
    private final String standard;
    private final SettingType<?> form;

    Setting(String key, String standard, SettingType<?> form) {
        this.key = key;
        this.standard = standard;
        this.form = form;
    }

    public String key() {
        return key;
    }

    /** The default as it would be written in a file; empty where it depends on the machine. */
    public String standard() {
        return standard;
    }

    /** Whether a running server takes a change over. */
    public boolean isLive() {
        return LIVE.contains(this);
    }

    /** What its text must look like. */
    public SettingType<?> form() {
        return form;
    }

    /** The name of the environment variable that sets it: {@code SMTP_LISTEN} for {@code smtp.listen}. */
    String variable() {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    public static Optional<Setting> of(String key) {
        return Arrays.stream(values()).filter(s -> s.key.equals(key)).findFirst();
    }
}
