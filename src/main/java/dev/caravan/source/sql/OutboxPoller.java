package dev.caravan.source.sql;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.Printable;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IdempotentSubmitter.Name;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.sql.OutboxTable.Waiting;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits messages from a table, as {@code docs/sources.md} describes it. Locks a row, stores its message under the
 * name of the row, and marks the row: after a failure in between, the row is read again, and its message is not sent
 * twice.
 */
public final class OutboxPoller implements AutoCloseable, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxPoller.class);
    private static final int MOST = 100;
    private static final int MAX_ID = 100;
    private static final Duration PAUSE = Duration.ofSeconds(10);
    /**
     * After this time, rows that another server has claimed are taken over. A running server has processed them by
     * then, and while it is processing one, its lock protects the row.
     */
    private static final Duration ABANDONED = Duration.ofSeconds(5);

    private final IdempotentSubmitter submissions;
    private final OutboxTable table;
    private final String owner;
    private final ShutdownState shutdown;
    private final Clock clock;
    /** Rows that another server has claimed, and when this server first saw them. */
    private final Map<Waiting, Instant> others = new HashMap<>();
    /** Rows that could not be stored, and when they are tried again; they must not delay other rows. */
    private final Map<String, Instant> postponed = new HashMap<>();

    private Instant next = Instant.MIN;

    /** @param owner the name of this server in the table; unique. */
    public OutboxPoller(
            IdempotentSubmitter submissions, OutboxTable table, String owner, ShutdownState shutdown, Clock clock) {
        this.submissions = submissions;
        this.table = table;
        this.owner = owner;
        this.shutdown = shutdown;
        this.clock = clock;
    }

    /**
     * Submits the waiting rows, one after the other.
     *
     * @param route the endpoint that submits messages: {@code direct:submit}.
     * @throws SQLException if the database fails; rows that are not marked are read again.
     */
    public synchronized void submitTo(@Argument(ArgumentForm.ROUTE) String route, Exchange exchange)
            throws SQLException {
        if (submissions.isFull() || isAhead(next)) {
            return;
        }
        try {
            takeAll(new Target(exchange.getContext(), route));
        } catch (SQLException e) {
            next = clock.instant().plus(PAUSE);
            throw e;
        } finally {
            // Holds no connection between two polls: the database may be restarted, or its pool be small.
            table.close();
        }
    }

    /** Whether a pause has not ended; setting the clock back does not make a pause longer. */
    private boolean isAhead(Instant end) {
        Instant now = clock.instant();
        return now.isBefore(end) && !now.plus(PAUSE).isBefore(end);
    }

    private void takeAll(Target target) throws SQLException {
        postponed.values().removeIf(due -> !isAhead(due));
        List<Waiting> rows = eligible(table.waiting(MOST + postponed.size()).stream()
                .filter(row -> !postponed.containsKey(row.id()))
                .toList());
        table.claim(rows.stream().filter(row -> row.owner().isEmpty()).toList());
        for (Waiting row : rows) {
            if (shutdown.hasBegun() || submissions.isFull()) {
                return;
            }
            if (table.lock(row)) {
                take(target, row);
            } else {
                table.giveBack();
            }
        }
    }

    /** The rows without owner, those of this server, and those that another server seems to have abandoned. */
    private List<Waiting> eligible(List<Waiting> all) {
        List<Waiting> eligible = new ArrayList<>();
        Instant now = clock.instant();
        others.keySet().retainAll(all);
        for (Waiting row : all) {
            boolean isOwn = row.owner().isEmpty() || row.owner().get().equals(owner);
            if (isOwn
                    || Duration.between(others.computeIfAbsent(row, r -> now), now)
                                    .abs()
                                    .compareTo(ABANDONED)
                            >= 0) {
                eligible.add(row);
            }
        }
        if (eligible.stream().anyMatch(others::containsKey)) {
            // The other server may have stored their messages and crashed before it marked the rows.
            submissions.doubt();
        }
        return eligible;
    }

    private void take(Target target, Waiting row) throws SQLException {
        Name name = new Name("sql", table.name(row));
        SubmissionResult result = row.id().length() > MAX_ID
                ? new SubmissionResult.Rejected("an id of more than " + MAX_ID + " characters")
                : submissions.submit(target, name, "SQL", () -> open(row));
        if (result instanceof SubmissionResult.Taken taken) {
            table.finish(row, "stored", Optional.of(taken.mailId()), Optional.empty());
        } else if (result instanceof SubmissionResult.Rejected rejected) {
            LOG.warn("row {} is not a message: {}", Printable.line(row.id(), MAX_ID), rejected.reason());
            table.finish(row, "invalid", Optional.empty(), Optional.of(rejected.reason()));
        } else if (result instanceof SubmissionResult.Later later) {
            LOG.warn("row {} stays, and is tried again: {}", Printable.line(row.id(), MAX_ID), later.reason());
            table.giveBack();
            postponed.put(row.id(), clock.instant().plus(PAUSE));
        }
    }

    private OpenedSubmission open(Waiting row) throws InvalidSubmissionException, IOException {
        try {
            return table.read(row);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    @Override
    public synchronized void close() {
        table.close();
    }
}
