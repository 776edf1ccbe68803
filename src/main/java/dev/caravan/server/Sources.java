package dev.caravan.server;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.queue.Spool;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IntakeModule;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SubmissionCompletion;
import dev.caravan.source.file.FileSourceModule;
import dev.caravan.source.http.HttpSourceModule;
import dev.caravan.source.jms.JmsSourceModule;
import dev.caravan.source.kafka.KafkaSourceModule;
import dev.caravan.source.mailbox.MailboxSourceModule;
import dev.caravan.source.sendmail.SendmailModule;
import dev.caravan.source.sql.SqlSourceModule;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** All sources of mail besides SMTP. */
final class Sources implements ServerModule {
    private final HttpSourceModule http;
    private final SendmailModule sendmail;
    private final List<ServerModule> all;
    /** Those that run something, in the order in which they are closed: the intake, which all others use, is the last. */
    private final List<ServerModule> closed;

    /**
     * @param intake of all of them; it is closed with them.
     * @param recipients which recipients exist, for the command {@code sendmail}.
     * @param guard tells when a disk or the store is full.
     * @throws dev.caravan.config.InvalidSettingsException if a setting names what is not there.
     * @throws IOException if a file or folder cannot be used.
     */
    Sources(
            ServerHome home,
            Settings settings,
            IntakeModule intake,
            RecipientCheck recipients,
            FreeSpaceGuard guard,
            Spool spool,
            ShutdownState stopping,
            MailEvents events,
            Clock clock)
            throws IOException {
        MailObjectFactory factory = intake.factory();
        IdempotencyStore idempotency = intake.idempotency();
        SubmissionCompletion completion = intake.completion();
        IdempotentSubmitter submitter = intake.submitter();
        JmsSourceModule jms = new JmsSourceModule(factory, guard, spool, idempotency, events, clock);
        this.http = new HttpSourceModule(settings, factory, idempotency, completion, clock);
        FileSourceModule files = new FileSourceModule(
                home, settings, factory, guard, idempotency, completion, submitter, stopping, clock);
        SqlSourceModule sql = new SqlSourceModule(home, settings, submitter, stopping, clock);
        KafkaSourceModule kafka = new KafkaSourceModule(settings, submitter, stopping);
        MailboxSourceModule mailbox = new MailboxSourceModule(home, settings, factory::maxOctets, submitter, stopping);
        this.sendmail = new SendmailModule(home, settings, submitter, recipients);
        this.all = List.of(intake, jms, http, files, sql, kafka, mailbox, sendmail);
        this.closed = List.of(sendmail, files, sql, mailbox, intake);
    }

    /** The size in octets of the largest body of an HTTP request that is read. */
    LongSupplier requestSize() {
        return http.requestSize();
    }

    SendmailModule sendmail() {
        return sendmail;
    }

    @Override
    public Map<String, Object> beans() {
        Map<String, Object> beans = new HashMap<>();
        all.forEach(module -> beans.putAll(module.beans()));
        return beans;
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return all.stream().flatMap(module -> module.reconfigurables().stream()).toList();
    }

    /** Takes nothing more; what has not been taken stays where it is. */
    @Override
    public void close() {
        closed.forEach(ServerModule::close);
    }
}
