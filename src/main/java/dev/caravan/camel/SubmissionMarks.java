package dev.caravan.camel;

import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueNames;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.activemq.command.ActiveMQQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows what was submitted lately under a name, so that a client that did not hear the answer may ask again. The marks
 * are in a queue, where they were stored with their mails; a start and a commit in doubt read them from there.
 */
public final class SubmissionMarks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SubmissionMarks.class);
    /** More than anybody's retries; the oldest are forgotten. */
    private static final int MOST = 200_000;

    private static final int READ_AHEAD = 30_000;
    private static final Duration LONGEST_PRUNE = Duration.ofSeconds(5);
    /** How long the queue must be silent to count as read. */
    private static final long SILENCE_MILLIS = 1000;

    private final Connections connections;
    private final Duration keep;
    private final ClockWatch watch;
    private final HeadTaker taker;
    private final Map<String, SubmissionMark> marks = new LinkedHashMap<>();
    private final Set<String> inHand = new HashSet<>();
    private boolean loaded;

    /** @param keep how long a name is known. */
    SubmissionMarks(Connections connections, Duration keep, ClockWatch watch) {
        this.connections = connections;
        this.keep = keep;
        this.watch = watch;
        this.taker = new HeadTaker(connections);
    }

    /** Takes a name in hand; false if somebody else has it now. Each true is followed by one {@link #end}. */
    synchronized boolean begin(String key) {
        return inHand.add(key);
    }

    /**
     * The mark of that name, if there is one.
     *
     * @throws JMSException if the broker cannot be asked, and so nobody can know.
     */
    synchronized Optional<SubmissionMark> find(String key) throws JMSException {
        if (!loaded) {
            load();
            loaded = true;
        }
        return Optional.ofNullable(marks.get(key));
    }

    /** The mark's mail is stored. */
    synchronized void stored(SubmissionMark mark) {
        marks.remove(mark.key());
        marks.put(mark.key(), mark);
        if (marks.size() > MOST) {
            marks.remove(marks.keySet().iterator().next());
        }
    }

    /** A mark may be stored or not: only the queue knows. */
    synchronized void doubt() {
        loaded = false;
    }

    synchronized void end(String key) {
        inHand.remove(key);
    }

    private void load() throws JMSException {
        // A browser shows no more than a page.
        try (Connection connection = connections.open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(
                        QueueNames.SUBMITTED + "?consumer.dispatchAsync=true&consumer.prefetchSize=" + READ_AHEAD))) {
            Message message = consumer.receive(SILENCE_MILLIS);
            while (message != null) {
                stored(SubmissionMark.of(message));
                message = consumer.receive(SILENCE_MILLIS);
            }
            session.rollback();
        }
    }

    /** Removes marks that are too old, as the timer does each minute. */
    public void prune() {
        // Who was in the middle of something when we stopped, days ago perhaps, looks for its mark first; and a clock
        // that was just set may be set again.
        if (!watch.look().isLongSteady()) {
            return;
        }
        try {
            int removed = taker.takeDue(
                    QueueNames.SUBMITTED,
                    message -> DueTime.isOlder(message, keep, watch.clock().instant()),
                    (session, producers, message) -> {},
                    System.nanoTime() + LONGEST_PRUNE.toNanos());
            if (removed > 0) {
                LOG.debug("{} marks were removed", removed);
                forgetOld();
            }
        } catch (JMSException e) {
            LOG.warn("{} cannot be pruned now: {}", QueueNames.SUBMITTED, e.toString());
        }
    }

    private synchronized void forgetOld() {
        marks.values()
                .removeIf(mark -> !watch.clock().instant().isBefore(mark.at().plus(keep)));
    }

    @Override
    public void close() {
        taker.close();
    }
}
