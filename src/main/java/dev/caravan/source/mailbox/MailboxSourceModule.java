package dev.caravan.source.mailbox;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.FolderLock;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.PasswordFile;
import dev.caravan.source.SourceSettings;
import dev.caravan.source.message.MailboxEnvelope;
import dev.caravan.store.MessageSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Takes mail from a mailbox, if {@code mailbox.server} is set. */
public final class MailboxSourceModule implements ServerModule {
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final Map<String, Object> beans = new HashMap<>();
    private final Optional<FolderLock> lock;

    /**
     * @param maxOctets the size of the largest message that is taken.
     * @throws IllegalArgumentException if settings contradict each other.
     * @throws IOException if the folder for mail cannot be used.
     */
    public MailboxSourceModule(
            ServerHome home,
            Settings settings,
            LongSupplier maxOctets,
            IdempotentSubmitter submitter,
            ShutdownState shutdown)
            throws IOException {
        Optional<String> server = settings.get(MailboxSettings.SERVER);
        if (server.isEmpty()) {
            this.lock = Optional.empty();
            return;
        }
        FolderLock oneServer = new FolderLock(home.data().resolve("mailbox.lock"), submitter::doubt);
        this.lock = Optional.of(oneServer);
        MailboxPollStrategy strategy = new MailboxPollStrategy(submitter::isFull, oneServer);
        MailboxAuthenticator login = login(home, settings);
        OpenMailbox.Reading reading = new OpenMailbox.Reading(maxOctets, settings.get(MailboxSettings.EXACT_SIZE));
        MailboxSubmitter fetched = new MailboxSubmitter(
                submitter,
                envelope(settings),
                settings.get(MailboxSettings.USER) + " " + server.get(),
                new MailboxSubmitter.Limits(
                        reading,
                        settings.get(MessageSettings.MAX_JSON),
                        home.data().resolve("mailbox.eml")));
        MailboxServer opener = new MailboxServer(
                URI.create(server.get()),
                settings.get(MailboxSettings.FOLDER),
                login,
                keeps(server.get(), settings),
                reading);
        beans.put(
                "mailboxSource",
                new MailboxSource(
                        opener::open,
                        fetched,
                        pauses(settings),
                        strategy,
                        SourceSettings.limits(settings),
                        shutdown::hasBegun,
                        server.get()));
        // For routes that begin at camel-mail, as the one that came with earlier versions.
        beans.put("fetchedMail", fetched);
        beans.put("mailboxLogin", login);
        beans.put("mailboxUid", new MailboxUidGenerator());
        beans.put("mailboxPollStrategy", strategy);
        beans.put("roomForMail", strategy);
    }

    private static boolean keeps(String server, Settings settings) {
        boolean isKept = settings.get(MailboxSettings.KEEP);
        if (isKept && server.startsWith("pop3")) {
            throw new InvalidSettingsException(
                    MailboxSettings.KEEP, "POP3 has no mark for what was taken", "false, or IMAP");
        }
        return isKept;
    }

    private static MailboxAuthenticator login(ServerHome home, Settings settings) {
        Path password = PasswordFile.of(home, settings, MailboxSettings.PASSWORD_FILE)
                .orElseThrow(() -> new InvalidSettingsException(
                        MailboxSettings.PASSWORD_FILE, "is missing", "a file with the password"));
        return new MailboxAuthenticator(settings.get(MailboxSettings.USER), password);
    }

    private static MailboxPauses pauses(Settings settings) {
        // A message that is stored and not yet removed is read again while its name is still known.
        Duration known = settings.get(SourceSettings.IDEMPOTENCY_RETENTION).dividedBy(4);
        Duration longest = known.compareTo(LONGEST_PAUSE) < 0 ? known : LONGEST_PAUSE;
        return new MailboxPauses(settings.get(MailboxSettings.POLL_INTERVAL), longest, System::nanoTime);
    }

    private static MailboxEnvelope envelope(Settings settings) {
        List<String> to = settings.get(MailboxSettings.TO).map(List::of).orElse(List.of());
        Optional<String> field = settings.get(MailboxSettings.TO_FIELD);
        if (to.isEmpty() == field.isEmpty()) {
            throw new InvalidSettingsException(
                    MailboxSettings.TO,
                    (to.isEmpty() ? "given neither here nor by " : "given here and by ")
                            + MailboxSettings.TO_FIELD.key(),
                    "one of both");
        }
        return new MailboxEnvelope(settings.get(MailboxSettings.FROM), to, field);
    }

    @Override
    public Map<String, Object> beans() {
        return Map.copyOf(beans);
    }

    @Override
    public void close() {
        lock.ifPresent(FolderLock::close);
    }
}
