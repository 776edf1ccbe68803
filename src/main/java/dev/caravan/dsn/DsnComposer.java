package dev.caravan.dsn;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.outcome.Notice;
import dev.caravan.queue.Spool;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Writes the notifications that are due. */
public final class DsnComposer {
    private final Domain host;
    private final ForwardPath postmaster;
    private final Spool spool;
    private final Clock clock;
    private final RandomGenerator random;

    /** @param postmaster receives the reports about mail that cannot be returned. */
    public DsnComposer(Domain host, ForwardPath postmaster, Spool spool, Clock clock, RandomGenerator random) {
        this.host = host;
        this.postmaster = postmaster;
        this.spool = spool;
        this.clock = clock;
        this.random = random;
    }

    public Clock clock() {
        return clock;
    }

    /**
     * Writes a notification for each notice.
     *
     * @throws IOException if a message cannot be read or a notification cannot be written.
     */
    public List<Notification> compose(List<Notice> notices) throws IOException {
        List<Notification> notifications = new ArrayList<>(notices.size());
        for (Notice notice : notices) {
            Instant now = clock.instant();
            DsnContext facts = new DsnContext(host, postmaster, now, MailId.next(now, random));
            notifications.add(new Notification(notice, DsnWriter.write(notice, facts, spool.newContent())));
        }
        return notifications;
    }
}
