package dev.caravan.server;

import dev.caravan.camel.HeaderAllowList;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.FolderLock;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.source.EndpointSource;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.SourceSettings;
import dev.caravan.source.kafka.KafkaRecordSource;
import dev.caravan.source.kafka.KafkaSettings;
import dev.caravan.source.kafka.RebalanceAwareClientFactory;
import dev.caravan.source.mailbox.MailboxAuthenticator;
import dev.caravan.source.mailbox.MailboxPauses;
import dev.caravan.source.mailbox.MailboxPollStrategy;
import dev.caravan.source.mailbox.MailboxServer;
import dev.caravan.source.mailbox.MailboxSettings;
import dev.caravan.source.mailbox.MailboxSource;
import dev.caravan.source.mailbox.MailboxSubmitter;
import dev.caravan.source.mailbox.MailboxUidGenerator;
import dev.caravan.source.mailbox.OpenMailbox;
import dev.caravan.source.message.MailboxEnvelope;
import dev.caravan.source.sql.OutboxPoller;
import dev.caravan.source.sql.OutboxTable;
import dev.caravan.source.sql.SqlSettings;
import dev.caravan.store.MessageSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/** Makes what fetches mail from systems that keep it until it is stored here; of those that are configured only. */
final class PolledSourceModule {
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final Map<String, Object> beans = new HashMap<>();
    private final SourceModule.Ground ground;
    private final IdempotentSubmitter submissions;
    private final LongSupplier maxOctets;
    private Optional<OutboxPoller> outbox = Optional.empty();
    private Optional<FolderLock> lock = Optional.empty();

    /**
     * @param maxOctets of a message, at most.
     * @throws IOException if the folder for mail cannot be used.
     */
    PolledSourceModule(SourceModule.Ground ground, IdempotentSubmitter submissions, LongSupplier maxOctets)
            throws IOException {
        this.ground = ground;
        this.submissions = submissions;
        this.maxOctets = maxOctets;
        beans.put("namedMail", new EndpointSource(submissions));
        beans.put("noForeignHeaders", new HeaderAllowList());
        if (ground.settings().get(SqlSettings.URL).isPresent()) {
            table();
        }
        if (ground.settings().get(KafkaSettings.BROKERS).isPresent()) {
            KafkaBeans.add(beans, submissions, ground.stopping());
        }
        if (ground.settings().get(MailboxSettings.SERVER).isPresent()) {
            mailbox();
        }
    }

    /** By itself, so that nothing of Kafka is loaded without a setting. */
    private static final class KafkaBeans {
        static void add(Map<String, Object> beans, IdempotentSubmitter submissions, ShutdownState stopping) {
            beans.put("kafkaRecordSource", new KafkaRecordSource(submissions, stopping));
            beans.put("kafkaClients", new RebalanceAwareClientFactory(submissions::doubt));
        }
    }

    private void table() throws IOException {
        Settings settings = ground.settings();
        String url = settings.text(SqlSettings.URL);
        try {
            DriverManager.getDriver(url);
        } catch (SQLException e) {
            throw new IllegalArgumentException(
                    SqlSettings.URL.key() + ": no driver for " + url.replaceFirst("[?;].*", "")
                            + " (expected: its jar in the folder lib of the home)",
                    e);
        }
        Optional<Path> password = password(SqlSettings.PASSWORD_FILE);
        OutboxTable.Access access = new OutboxTable.Access(
                url,
                settings.get(SqlSettings.USER),
                password.isPresent() ? MailboxAuthenticator.firstLine(password.get()) : "",
                settings.get(SqlSettings.TABLE));
        String owner = UUID.randomUUID().toString();
        OutboxTable table = new OutboxTable(access, owner, (int) settings.get(MessageSettings.MAX_JSON));
        outbox = Optional.of(new OutboxPoller(submissions, table, owner, ground.stopping(), ground.clock()));
        beans.put("sqlOutbox", outbox.get());
    }

    private void mailbox() throws IOException {
        Settings settings = ground.settings();
        String server = settings.text(MailboxSettings.SERVER);
        if (server.startsWith("pop3") && settings.get(MailboxSettings.KEEP)) {
            throw new IllegalArgumentException(
                    MailboxSettings.KEEP.key() + ": POP3 has no mark for what was taken (expected: false, or IMAP)");
        }
        String user = settings.get(MailboxSettings.USER);
        Path password = password(MailboxSettings.PASSWORD_FILE)
                .orElseThrow(() -> new IllegalArgumentException(
                        MailboxSettings.PASSWORD_FILE.key() + " is missing (expected: a file with the password)"));
        OpenMailbox.Reading reading = new OpenMailbox.Reading(maxOctets, settings.get(MailboxSettings.EXACT_SIZE));
        MailboxSubmitter.Limits limits = new MailboxSubmitter.Limits(
                reading,
                settings.get(MessageSettings.MAX_JSON),
                ground.home().data().resolve("mailbox.eml"));
        FolderLock one = new FolderLock(ground.home().data().resolve("mailbox.lock"), submissions::doubt);
        lock = Optional.of(one);
        MailboxSubmitter fetched = new MailboxSubmitter(submissions, envelope(), user + " " + server, limits);
        MailboxAuthenticator login = new MailboxAuthenticator(user, password);
        MailboxPollStrategy room = new MailboxPollStrategy(submissions::isFull, one);
        MailboxServer opener = new MailboxServer(
                URI.create(server),
                settings.get(MailboxSettings.FOLDER),
                login,
                settings.get(MailboxSettings.KEEP),
                reading);
        ShutdownState stopping = ground.stopping();
        beans.put(
                "mailboxSource",
                new MailboxSource(opener::open, fetched, pauses(settings), room, stopping::hasBegun, server));
        // For routes that begin at camel-mail, as the one that came with earlier versions.
        beans.put("fetchedMail", fetched);
        beans.put("mailboxLogin", login);
        beans.put("mailboxUid", new MailboxUidGenerator());
        beans.put("roomForMail", room);
    }

    private static MailboxPauses pauses(Settings settings) {
        // What is stored and not removed is asked for again while its name is still known.
        Duration known = settings.get(SourceSettings.IDEMPOTENCY_RETENTION).dividedBy(4);
        Duration longest = known.compareTo(LONGEST_PAUSE) < 0 ? known : LONGEST_PAUSE;
        return new MailboxPauses(settings.get(MailboxSettings.POLL_INTERVAL), longest, System::nanoTime);
    }

    private MailboxEnvelope envelope() {
        Settings settings = ground.settings();
        List<String> to = settings.get(MailboxSettings.TO).map(List::of).orElse(List.of());
        Optional<String> field = settings.get(MailboxSettings.TO_FIELD);
        if (to.isEmpty() == field.isEmpty()) {
            throw new IllegalArgumentException(
                    MailboxSettings.TO.key() + " and " + MailboxSettings.TO_FIELD.key() + " (expected: one of both)");
        }
        return new MailboxEnvelope(settings.get(MailboxSettings.FROM), to, field);
    }

    private Optional<Path> password(Setting<Optional<String>> setting) {
        Optional<Path> file = ground.settings().get(setting).map(ground.home()::own);
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
        outbox.ifPresent(OutboxPoller::close);
        lock.ifPresent(FolderLock::close);
    }
}
