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
    HOSTNAME("mail.hostname", "", Form.domain()),
    LOCAL_DOMAINS("mail.local-domains", "", Form.domains()),
    RELAY_NETWORKS("mail.relay-networks", "127.0.0.0/8, ::1/128", Form.networks()),
    USERS("mail.users", "users", Form.file()),
    ALIASES("mail.aliases", "aliases", Form.file()),
    UNSUPPORTED_ALIASES("mail.unsupported-aliases", "refuse", Form.choice("refuse", "skip")),
    CONFIRM("mail.confirm", "on-request", Form.confirm()),
    WARN_AFTER("mail.warn-after", "4h", Form.duration()),
    MAX_HOPS("mail.max-hops", "30", Form.count(1, 1000)),
    KEEP_BOUNCED("mail.keep-bounced", "7d", Form.duration()),
    LISTEN("smtp.listen", "127.0.0.1:2525", Form.address()),
    MAX_CONNECTIONS("smtp.max-connections", "10000", Form.count(1, 1_000_000)),
    MAX_CONNECTIONS_PER_ADDRESS("smtp.max-connections-per-address", "100", Form.count(1, 1_000_000)),
    MAX_ERRORS("smtp.max-errors", "20", Form.count(1, 1_000_000)),
    MAX_JUNK_COMMANDS("smtp.max-junk-commands", "100", Form.count(1, 1_000_000)),
    MAX_RECIPIENTS("smtp.max-recipients", "1000", Form.count(1, 100_000)),
    IDLE_TIMEOUT("smtp.idle-timeout", "5m", Form.duration()),
    COMMAND_TIMEOUT("smtp.command-timeout", "5m", Form.duration()),
    ANSWER_TIMEOUT("smtp.answer-timeout", "5m", Form.duration()),
    STRICT_HELO("smtp.strict-helo", "false", Form.flag()),
    COMPLETE_ADDRESSES("smtp.complete-addresses", "true", Form.flag()),
    BARE_LF("smtp.bare-lf", "refuse", Form.choice("refuse", "repair")),
    POLICY_THREADS("smtp.policy-threads", "32", Form.count(1, 10_000)),
    HTTP_LISTEN("http.listen", "127.0.0.1:8025", Form.optionalAddress()),
    HTTP_NETWORKS("http.networks", "127.0.0.0/8, ::1/128", Form.networks()),
    HTTP_TOKENS("http.tokens", "", Form.file()),
    HTTP_MAX_CONNECTIONS("http.max-connections", "512", Form.count(1, 1_000_000)),
    HTTP_MAX_CONNECTIONS_PER_ADDRESS("http.max-connections-per-address", "256", Form.count(1, 1_000_000)),
    HTTP_HEAD_TIMEOUT("http.head-timeout", "10s", Form.duration()),
    HTTP_BODY_TIMEOUT("http.body-timeout", "10m", Form.duration()),
    HTTP_BODY_SPACE("http.body-space", "1GiB", Form.octets(1, 1L << 40)),
    HTTP_REMEMBER("http.remember", "24h", Form.duration()),
    PICKUP_FOLDER("pickup.folder", "", Form.folder()),
    PICKUP_KEEP("pickup.keep", "false", Form.flag()),
    SENDMAIL_FOLDER("sendmail.folder", "sendmail", Form.folder()),
    SQL_URL("sql.url", "", Form.databaseUrl()),
    SQL_USER("sql.user", "", Form.text("a name")),
    SQL_PASSWORD("sql.password-file", "", Form.file()),
    SQL_TABLE("sql.table", "mail_outbox", Form.table()),
    KAFKA_BROKERS("kafka.brokers", "", Form.hosts()),
    KAFKA_TOPIC("kafka.topic", "mail", Form.topic()),
    KAFKA_GROUP("kafka.group", "caravan", Form.topic()),
    MAILBOX("mailbox.server", "", Form.mailbox()),
    MAILBOX_USER("mailbox.user", "", Form.text("a name")),
    MAILBOX_PASSWORD("mailbox.password-file", "", Form.file()),
    MAILBOX_FOLDER("mailbox.folder", "INBOX", Form.text("the name of a folder")),
    MAILBOX_EVERY("mailbox.every", "1m", Form.duration()),
    MAILBOX_KEEP("mailbox.keep", "false", Form.flag()),
    MAILBOX_EXACT_SIZE("mailbox.exact-size", "true", Form.flag()),
    MAILBOX_FROM("mailbox.from", "", Form.text("an address, or <>")),
    MAILBOX_TO("mailbox.to", "", Form.text("addresses, separated by commas")),
    MAILBOX_TO_FIELD("mailbox.to-field", "", Form.fieldName()),
    MAX_SIZE("content.max-size", "50MiB", Form.octets(1, 1L << 40)),
    INLINE_LIMIT("content.inline-limit", "256KiB", Form.octets(1, 16L << 20)),
    MAX_LINE("content.max-line", "1MiB", Form.octets(1000, 1L << 30)),
    MEMORY_BUDGET("content.memory-budget", "64MiB", Form.octets(1, 1L << 40)),
    MAX_JSON("content.max-json", "10MiB", Form.octets(1, 256L << 20)),
    SPOOL("content.spool", "spool", Form.folder()),
    DNS_SERVERS("dns.servers", "", Form.nameServers()),
    DNS_TIMEOUT("dns.timeout", "5s", Form.duration()),
    DELIVERY_PORT("delivery.port", "25", Form.port()),
    SMARTHOST("delivery.smarthost", "", Form.host(25)),
    CONNECT_TIMEOUT("delivery.connect-timeout", "30s", Form.duration()),
    REPLY_TIMEOUT("delivery.reply-timeout", "5m", Form.duration()),
    END_TIMEOUT("delivery.end-timeout", "10m", Form.duration()),
    CONCURRENCY("delivery.concurrency", "40", Form.count(1, 10_000)),
    MAILDIRS("delivery.maildirs", "maildir", Form.folder()),
    MAX_PER_DESTINATION("delivery.max-per-destination", "20", Form.count(1, 10_000)),
    PAUSED("deliver.paused", "false", Form.flag()),
    EVENTS_TOPIC("events.topic", "false", Form.flag()),
    EVENTS_QUEUES("events.queues", "", Form.eventQueues()),
    BROKER_URL("broker.url", "", Form.brokerUrl()),
    BROKER_LISTEN("broker.listen", "", Form.brokerListen()),
    STORE_TIMEOUT("broker.store-timeout", "30s", Form.duration()),
    MAX_DISK_USE("broker.max-disk-use", "85", Form.count(1, 100)),
    MIN_DISK_FREE("broker.min-disk-free", "1GiB", Form.octets(1, 1L << 40)),
    ACCEPT_LOST_JOURNAL("broker.accept-lost-journal", "false", Form.flag());

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
    private final Form<?> form;

    Setting(String key, String standard, Form<?> form) {
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
    public Form<?> form() {
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
