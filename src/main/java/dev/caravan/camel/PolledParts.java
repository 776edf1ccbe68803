package dev.caravan.camel;

import dev.caravan.source.MailboxEnvelope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Makes what fetches mail from systems that keep it until it is stored here; of those that are configured only. */
final class PolledParts {
    private final Map<String, Object> beans = new HashMap<>();
    private final SourceParts.Ground ground;
    private final NamedSubmissions submissions;
    private Optional<SqlOutbox> outbox = Optional.empty();
    private Optional<ServerLock> lock = Optional.empty();

    /** @throws IOException if the folder for mail cannot be used. */
    PolledParts(SourceParts.Ground ground, NamedSubmissions submissions) throws IOException {
        this.ground = ground;
        this.submissions = submissions;
        beans.put("namedMail", new NamedMail(submissions));
        beans.put("noForeignHeaders", new NoForeignHeaders());
        if (ground.settings().optional(Setting.SQL_URL).isPresent()) {
            table();
        }
        if (ground.settings().optional(Setting.KAFKA_BROKERS).isPresent()) {
            KafkaBeans.add(beans, submissions, ground.stopping());
        }
        if (ground.settings().optional(Setting.MAILBOX).isPresent()) {
            mailbox();
        }
    }

    /** By itself, so that nothing of Kafka is loaded without a setting. */
    private static final class KafkaBeans {
        static void add(Map<String, Object> beans, NamedSubmissions submissions, Stopping stopping) {
            beans.put("kafkaRecord", new KafkaRecordMail(submissions, stopping));
            beans.put("kafkaClients", new KafkaClients(submissions::doubt));
        }
    }

    private void table() throws IOException {
        Settings settings = ground.settings();
        String url = settings.text(Setting.SQL_URL);
        try {
            DriverManager.getDriver(url);
        } catch (SQLException e) {
            throw new IllegalArgumentException(
                    Setting.SQL_URL.key() + ": no driver for " + url.replaceFirst("[?;].*", "")
                            + " (expected: its jar in the folder lib of the home)",
                    e);
        }
        Optional<Path> password = password(Setting.SQL_PASSWORD);
        OutboxTable.Access access = new OutboxTable.Access(
                url,
                settings.text(Setting.SQL_USER),
                password.isPresent() ? MailboxLogin.firstLine(password.get()) : "",
                settings.text(Setting.SQL_TABLE));
        String owner = UUID.randomUUID().toString();
        OutboxTable table = new OutboxTable(access, owner, (int) settings.octets(Setting.MAX_JSON));
        outbox = Optional.of(new SqlOutbox(submissions, table, owner, ground.stopping(), ground.clock()));
        beans.put("sqlOutbox", outbox.get());
    }

    private void mailbox() throws IOException {
        Settings settings = ground.settings();
        String server = settings.text(Setting.MAILBOX);
        if (server.startsWith("pop3") && settings.flag(Setting.MAILBOX_KEEP)) {
            throw new IllegalArgumentException(
                    Setting.MAILBOX_KEEP.key() + ": POP3 has no mark for what was taken (expected: false, or IMAP)");
        }
        String user = settings.text(Setting.MAILBOX_USER);
        Path password = password(Setting.MAILBOX_PASSWORD)
                .orElseThrow(() -> new IllegalArgumentException(
                        Setting.MAILBOX_PASSWORD.key() + " is missing (expected: a file with the password)"));
        FetchedMail.Limits limits = new FetchedMail.Limits(
                settings.octets(Setting.MAX_SIZE),
                settings.octets(Setting.MAX_JSON),
                ground.home().data().resolve("mailbox.eml"));
        ServerLock one = new ServerLock(ground.home().data().resolve("mailbox.lock"), submissions::doubt);
        lock = Optional.of(one);
        beans.put("fetchedMail", new FetchedMail(submissions, envelope(), user + " " + server, limits));
        beans.put("mailboxLogin", new MailboxLogin(user, password));
        beans.put("mailboxUid", new MailboxUid());
        beans.put("roomForMail", new RoomForMail(submissions::isFull, one));
    }

    private MailboxEnvelope envelope() {
        Settings settings = ground.settings();
        List<String> to = settings.optional(Setting.MAILBOX_TO).map(List::of).orElse(List.of());
        Optional<String> field = settings.optional(Setting.MAILBOX_TO_FIELD);
        if (to.isEmpty() == field.isEmpty()) {
            throw new IllegalArgumentException(
                    Setting.MAILBOX_TO.key() + " and " + Setting.MAILBOX_TO_FIELD.key() + " (expected: one of both)");
        }
        return new MailboxEnvelope(settings.optional(Setting.MAILBOX_FROM), to, field);
    }

    private Optional<Path> password(Setting setting) {
        Optional<Path> file = ground.settings().optional(setting).map(ground.home()::own);
        if (file.isPresent() && !Files.isReadable(file.get())) {
            throw new IllegalArgumentException(
                    setting.key() + ": cannot read " + file.get() + " (expected: a password in its first line)");
        }
        return file;
    }

    /** Objects by the names that routes use. */
    Map<String, Object> beans() {
        return Map.copyOf(beans);
    }

    void close() {
        outbox.ifPresent(SqlOutbox::close);
        lock.ifPresent(ServerLock::close);
    }
}
