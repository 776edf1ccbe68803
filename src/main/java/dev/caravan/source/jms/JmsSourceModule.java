package dev.caravan.source.jms;

import dev.caravan.config.ServerModule;
import dev.caravan.queue.Spool;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.trace.MailEvents;
import java.time.Clock;
import java.util.Map;

/** Takes mail from JMS queues. */
public final class JmsSourceModule implements ServerModule {
    private final ReadSubmission reader;

    public JmsSourceModule(
            MailObjectFactory factory,
            FreeSpaceGuard guard,
            Spool spool,
            IdempotencyStore idempotency,
            MailEvents events,
            Clock clock) {
        this.reader = new ReadSubmission(factory, guard, spool, idempotency, events, clock);
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("openSubmission", reader);
    }
}
