package dev.caravan.source;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.StoreScanner;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.mail.MemoryShare;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.Spool;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.trace.MailEvents;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What all sources have in common: they make messages, and submit each only once. */
public final class IntakeModule implements ServerModule {
    private final MailObjectFactory factory;
    private final IdempotencyStore idempotency;
    private final SubmissionCompletion completion;
    private final IdempotentSubmitter submitter;

    /**
     * @param recipients of the local domains.
     * @param memory the memory share for what sources submit, besides the content.
     * @param scanner of the broker's store; empty if the broker is a process of its own.
     * @param guard refuses mail while a disk is full.
     */
    public IntakeModule(
            Settings settings,
            RecipientDirectory recipients,
            LocalDomains localDomains,
            Spool spool,
            MemoryShare memory,
            BrokerConnections connections,
            Optional<StoreScanner> scanner,
            GroupCommitEnqueuer enqueuer,
            FreeSpaceGuard guard,
            MailEvents events,
            ClockWatch watch,
            RandomGenerator random) {
        this.factory = new MailObjectFactory(
                settings,
                recipients,
                localDomains,
                spool,
                memory,
                settings.get(MailSettings.HOSTNAME),
                watch.clock(),
                random);
        this.idempotency =
                new IdempotencyStore(connections, scanner, settings.get(SourceSettings.IDEMPOTENCY_RETENTION), watch);
        this.completion = new SubmissionCompletion(idempotency, spool, events);
        this.submitter =
                new IdempotentSubmitter(factory, idempotency, completion, enqueuer, guard, events, watch.clock());
    }

    public MailObjectFactory factory() {
        return factory;
    }

    public IdempotencyStore idempotency() {
        return idempotency;
    }

    public SubmissionCompletion completion() {
        return completion;
    }

    public IdempotentSubmitter submitter() {
        return submitter;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("submissionMarks", idempotency, "namedMail", new EndpointSource(submitter));
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(factory);
    }

    @Override
    public void close() {
        idempotency.close();
    }
}
