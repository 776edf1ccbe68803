package dev.caravan.server;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.StoreScanner;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.http.HttpAccess;
import dev.caravan.http.HttpSettings;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MemoryShare;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SourceSettings;
import dev.caravan.source.SubmissionCompletion;
import dev.caravan.source.file.PickupFile;
import dev.caravan.source.file.PickupFolder;
import dev.caravan.source.file.PickupSettings;
import dev.caravan.source.http.HttpSubmission;
import dev.caravan.source.jms.ReadSubmission;
import dev.caravan.source.sendmail.SendmailServer;
import dev.caravan.source.sendmail.SendmailSettings;
import dev.caravan.source.sendmail.SendmailSubmitter;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes what takes mail from elsewhere than SMTP, from the settings. */
final class SourceModule {
    private static final Logger LOG = LoggerFactory.getLogger(SourceModule.class);

    private final Map<String, Object> beans = new HashMap<>();
    private final MailObjectFactory intake;
    private final IdempotencyStore marks;
    private final PickupFolder folder;
    private final PolledSourceModule polled;
    private final Ground ground;
    private final IdempotentSubmitter submissions;
    private Optional<SendmailServer> sendmail = Optional.empty();
    private final HttpAccess access;

    /**
     * What sources stand on.
     *
     * @param home where files of the operator's are looked for.
     * @param recipients who exists here.
     */
    record Ground(
            ServerHome home,
            Settings settings,
            LocalRecipients recipients,
            Spool spool,
            MemoryShare inputMemory,
            FreeSpaceGuard guard,
            BrokerConnections connections,
            GroupCommitEnqueuer enqueuer,
            ShutdownState stopping,
            MailEvents events,
            ClockWatch watch,
            RandomGenerator random) {
        Clock clock() {
            return watch.clock();
        }
    }

    /** @param walk through the broker's store, if it is in our process. */
    SourceModule(Ground ground, Optional<StoreScanner> walk) throws IOException {
        this.ground = ground;
        Settings settings = ground.settings();
        Spool spool = ground.spool();
        Clock clock = ground.clock();
        Domain host = settings.get(MailSettings.HOSTNAME);
        intake = new MailObjectFactory(
                settings, ground.recipients(), spool, ground.inputMemory(), host, clock, ground.random());
        marks = new IdempotencyStore(
                ground.connections(), walk, settings.get(SourceSettings.IDEMPOTENCY_RETENTION), ground.watch());
        beans.put("openSubmission", new ReadSubmission(intake, ground.guard(), spool, marks, ground.events(), clock));
        beans.put("submissionMarks", marks);
        access = access(ground);
        beans.put("httpAccess", access);
        SubmissionCompletion end = new SubmissionCompletion(marks, spool, ground.events());
        HttpSubmission posted = new HttpSubmission(intake, marks, end, clock);
        beans.put("postedMail", posted);
        // Without a setting it is never asked.
        folder = new PickupFolder(
                ground.home().folder().resolve(settings.text(PickupSettings.FOLDER)),
                settings.get(PickupSettings.KEEP),
                ground.guard()::isFull,
                marks::doubt);
        beans.put("pickupFolder", folder);
        submissions =
                new IdempotentSubmitter(intake, marks, end, ground.enqueuer(), ground.guard(), ground.events(), clock);
        polled = new PolledSourceModule(ground, submissions, intake::maxOctets);
        beans.putAll(polled.beans());
        beans.put("claimedFile", new PickupFile(folder, intake, marks, end, clock));
    }

    /** Those that take over changed settings. */
    List<Reconfigurable> reconfigurables() {
        return List.of(intake);
    }

    private static HttpAccess access(Ground ground) {
        Settings settings = ground.settings();
        Optional<Path> tokens = settings.get(HttpSettings.TOKENS).map(ground.home()::own);
        if (tokens.isPresent() && !Files.isReadable(tokens.get())) {
            throw new IllegalArgumentException(
                    HttpSettings.TOKENS.key() + ": cannot read " + tokens.get() + " (expected: a token a line)");
        }
        return new HttpAccess(settings.get(HttpSettings.NETWORKS), tokens);
    }

    /** Objects by the names that routes use. */
    Map<String, Object> beans() {
        return Map.copyOf(beans);
    }

    /**
     * Serves the program {@code bin/sendmail} from now on, unless the settings say otherwise.
     *
     * @param recipients who exists here.
     * @param smtp where this server takes mail from programs of this machine.
     */
    void serveSendmail(Target route, RecipientCheck recipients, InetSocketAddress smtp) {
        Settings settings = ground.settings();
        if (settings.text(SendmailSettings.FOLDER).isEmpty()) {
            return;
        }
        Path home = ground.home().folder().resolve(settings.text(SendmailSettings.FOLDER));
        SendmailSubmitter submitter = new SendmailSubmitter(
                submissions, recipients, settings.get(MailSettings.HOSTNAME).text());
        try {
            SendmailServer server = new SendmailServer(home, submitter, smtp, submissions::doubt);
            server.serve(route);
            sendmail = Optional.of(server);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("the command sendmail cannot be served: {}", e.toString());
        }
    }

    /** Takes no more from {@code bin/sendmail}; what has not been taken stays in its folder. */
    void stopSendmail() {
        sendmail.ifPresent(SendmailServer::close);
        sendmail = Optional.empty();
    }

    /** Who may ask by HTTP. */
    HttpAccess access() {
        return access;
    }

    void close() {
        stopSendmail();
        folder.close();
        polled.close();
        marks.close();
    }
}
