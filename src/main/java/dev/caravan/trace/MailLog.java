package dev.caravan.trace;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mail log: one method for each event, one line each, written to the logger {@code mail}. The queue id comes first
 * (a hyphen where there is none), then the event, then {@code key=value}. Text from the network is escaped. Events are
 * INFO; what an operator should look at is WARN; what may lose mail is ERROR.
 */
public final class MailLog {
    private static final Logger LOG = LoggerFactory.getLogger("mail");
    private static final String NO_ID = "-";
    private static final int MAX_RECIPIENTS_NAMED = 5;

    private MailLog() {}

    /** A mail was stored, and its client told so. */
    public static void accepted(MailObject mail, int items) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        LogLine line = new LogLine(mail.id().text(), "accepted")
                .with("from", mail.envelope().reversePath().toString());
        int named = 0;
        for (Recipient recipient : mail.envelope().recipients()) {
            if (named++ == MAX_RECIPIENTS_NAMED) {
                break;
            }
            line.with("to", recipient.path().toString());
        }
        line.with("recipients", mail.envelope().recipients().size())
                .with("size", mail.content().size())
                .with("items", items)
                .with("protocol", mail.arrival().protocol())
                .with("helo", mail.arrival().helo());
        if (mail.arrival().remote().isPresent()) {
            line.with("client", mail.arrival().remote().get().getHostAddress());
        }
        LOG.info(line.toString());
    }

    /** A client was refused something, for now or for good. */
    public static void refused(Refusal refusal) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line(refusal).toString());
        }
    }

    static LogLine line(Refusal refusal) {
        return new LogLine(NO_ID, "refused")
                .with("client", refusal.client().getHostAddress())
                .known("helo", refusal.helo())
                .known("from", refusal.from())
                .known("to", refusal.to())
                .with("command", refusal.command())
                .quoted("reply", refusal.reply());
    }

    /** A delivery attempt ends. */
    public static void attempted(String item, String nextHop, int attempt, Duration took) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(item, "attempted")
                    .with("next-hop", nextHop)
                    .with("attempt", attempt)
                    .with("ms", took.toMillis())
                    .toString());
        }
    }

    /** The next hop has taken responsibility for a recipient. */
    public static void delivered(AttemptedRecipient trial) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line("delivered", trial)
                    .with("delay", LogLine.seconds(trial.age()))
                    .toString());
        }
    }

    /** A recipient will be tried again. */
    public static void deferred(AttemptedRecipient trial, Duration delay) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line("deferred", trial)
                    .with("age", LogLine.seconds(trial.age()))
                    .with("delay", LogLine.shortest(delay))
                    .toString());
        }
    }

    /** A recipient was given up. */
    public static void failed(AttemptedRecipient trial) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line("failed", trial)
                    .with("age", LogLine.seconds(trial.age()))
                    .toString());
        }
    }

    static LogLine line(String event, AttemptedRecipient trial) {
        LogLine line = new LogLine(trial.item(), event)
                .with("to", trial.to().toString())
                .with("from", trial.from().toString())
                .with("size", trial.size())
                .with("next-hop", trial.nextHop())
                .with("attempt", trial.attempt())
                .with("status", trial.diagnosis().status().toString());
        if (trial.diagnosis().remoteMta().isPresent()) {
            line.with("remote", trial.diagnosis().remoteMta().get());
        }
        line.quoted("reply", trial.diagnosis().line());
        return trial.hosts().isEmpty() ? line : line.quoted("hosts", trial.hosts());
    }

    /**
     * A failed mail was returned.
     *
     * @param item what failed.
     * @param dsn the mail that says so.
     */
    public static void bounced(String item, MailId dsn, ForwardPath to) {
        notified(item, dsn, "failed", to);
    }

    /**
     * Somebody was told about a mail.
     *
     * @param kind failed, delayed, relayed, delivered or expanded.
     */
    public static void notified(String item, MailId dsn, String kind, ForwardPath to) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(item, kind.equals("failed") ? "bounced" : "notified")
                    .with("kind", kind)
                    .with("dsn", dsn.text())
                    .with("to", to.toString())
                    .toString());
        }
    }

    /** A mail failed and nobody is told, as its sender wished or as it was about a failure itself. */
    public static void unreturned(String item, String reason) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(item, "unreturned").quoted("reason", reason).toString());
        }
    }

    /** An item was put into a queue to wait there. */
    public static void parked(String item, String queue, Instant due) {
        if (LOG.isInfoEnabled()) {
            LOG.info(parkedLine(item, queue, due));
        }
    }

    private static String parkedLine(String item, String queue, Instant due) {
        return new LogLine(item, "parked")
                .with("queue", queue)
                .with("due", due.toString())
                .toString();
    }

    /** Items wait in a queue for their turn at a next hop that has deliveries enough in hand. */
    public static void busy(String nextHop, String queue, int items, String reason) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(NO_ID, "parked")
                    .with("next-hop", nextHop)
                    .with("queue", queue)
                    .with("items", items)
                    .quoted("reason", reason)
                    .toString());
        }
    }

    /** As {@link #parked}, for what happens to very many. */
    public static void parkedForTurn(String item, String queue, Instant due) {
        if (LOG.isDebugEnabled()) {
            LOG.debug(parkedLine(item, queue, due));
        }
    }

    /** A rule took a mail and threw it away. */
    public static void discarded(MailObject mail, String reason) {
        if (LOG.isInfoEnabled()) {
            LOG.info(envelope("discarded", mail).quoted("reason", reason).toString());
        }
    }

    /** A rule holds a mail back. */
    public static void held(MailObject mail, String reason) {
        if (LOG.isInfoEnabled()) {
            LOG.info(envelope("held", mail).quoted("reason", reason).toString());
        }
    }

    /**
     * An operator took an item out of its queue for good; nobody is told by mail.
     *
     * @param mail with the recipients of the item.
     */
    public static void removed(String item, String queue, MailObject mail) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        LogLine line = new LogLine(item, "removed")
                .with("queue", queue)
                .with("from", mail.envelope().reversePath().toString());
        mail.envelope().recipients().stream()
                .limit(MAX_RECIPIENTS_NAMED)
                .forEach(recipient -> line.with("to", recipient.path().toString()));
        LOG.info(line.with("recipients", mail.envelope().recipients().size()).toString());
    }

    private static LogLine envelope(String event, MailObject mail) {
        return new LogLine(mail.id().text(), event)
                .with("from", mail.envelope().reversePath().toString())
                .with("recipients", mail.envelope().recipients().size());
    }

    /**
     * Something in a queue is no mail of ours; it was set aside.
     *
     * @param queue where it was found.
     * @param messageId the broker's name for it.
     */
    public static void invalid(String queue, String messageId, String reason) {
        if (LOG.isWarnEnabled()) {
            LOG.warn(new LogLine(NO_ID, "invalid")
                    .with("queue", queue)
                    .with("message", messageId)
                    .quoted("reason", reason)
                    .toString());
        }
    }

    /** An item's spool file is not there: put off until somebody brings it back. */
    public static void missingContent(String item, String reason) {
        LOG.error(new LogLine(item, "missing-content").quoted("reason", reason).toString());
    }

    /** A commit failed, so that nobody knows whether the mail is stored; its files stay. */
    public static void inDoubt(String id, String reason) {
        LOG.warn(new LogLine(id, "in-doubt").quoted("reason", reason).toString());
    }
}
