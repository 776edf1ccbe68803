package dev.caravan.trace;

import dev.caravan.auth.Identity;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HostAttempt;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.delivery.TlsUse;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Printable;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Notice;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.session.RefusedCommand;
import dev.caravan.session.SessionFacts;
import dev.caravan.smtp.Reply;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the mail log: one line for each event to the logger {@code mail}, and one for each {@link Decision} to the logger
 * {@code decision} at DEBUG. The id of the message or item comes first (a hyphen where there is none), then the event, then
 * {@code key=value}. Text from the network is escaped, so that it cannot leave its pair. Events are INFO; events that
 * an operator should look at are WARN; events that may lose mail are ERROR. Thread-safe.
 */
public final class MailLog implements MailEvents {
    private static final Logger LOG = LoggerFactory.getLogger("mail");
    private static final Logger DECISIONS = LoggerFactory.getLogger("decision");
    private static final String NO_ID = "-";
    private static final int MAX_USER = 100;
    private static final int MAX_RECIPIENTS_NAMED = 5;
    private static final String RECIPIENTS = "recipients";
    private static final String REASON = "reason";
    private static final String QUEUE = "queue";
    private static final int SMTP_PORT = 25;
    private static final int MAX_REPLY_OF_HOST = 150;
    private static final int MAX_HOSTS_TEXT = 1000;

    private final WaitingItemsLog waiting;

    /** @param clock bounds the lines about busy destinations to one a minute each. */
    public MailLog(Clock clock) {
        this.waiting = new WaitingItemsLog(clock);
    }

    @Override
    public boolean wantsDecisions() {
        return DECISIONS.isDebugEnabled();
    }

    @Override
    public void decided(Decision decision) {
        if (DECISIONS.isDebugEnabled()) {
            DECISIONS.debug(line(decision).toString());
        }
    }

    static LogLine line(Decision decision) {
        Decision.Subject subject = decision.subject();
        LogLine line = new LogLine(
                        subject.message().isEmpty() ? NO_ID : subject.message(),
                        decision.stage().word())
                .known("session", subject.session());
        if (subject.recipient().isPresent()) {
            line.with("to", subject.recipient().get().toString());
        }
        line.with("by", decision.by());
        if (decision.step().isPresent()) {
            Decision.RouteStep step = decision.step().get();
            line.with("route", step.route());
            if (!step.file().isEmpty()) {
                line.with("at", step.file() + ":" + step.line());
            }
        }
        line.quoted("verdict", decision.verdict());
        return decision.evidence().isEmpty() ? line : line.quoted("evidence", decision.evidence());
    }

    @Override
    public void refused(SessionFacts facts, Reply reply, RefusedCommand what) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line(facts, reply, what).toString());
        }
    }

    static LogLine line(SessionFacts facts, Reply reply, RefusedCommand what) {
        return new LogLine(NO_ID, "refused")
                .with("client", facts.remote().getAddress().getHostAddress())
                .with("role", facts.kind().role())
                .known("user", facts.user())
                .known(
                        "tls",
                        facts.tls()
                                .map(tls -> tls.version() + "/" + tls.cipher())
                                .orElse(""))
                .known("helo", facts.helo())
                .known("from", what.from())
                .known("to", what.to())
                .with("command", what.command())
                .quoted("reply", reply.text())
                .with("session", facts.id().text());
    }

    @Override
    public void loggedIn(SessionFacts facts) {
        Identity who = facts.identity().orElse(null);
        if (who != null && LOG.isInfoEnabled()) {
            LOG.info(login("login", facts, who.user(), who.mechanism())
                    .known("credential", who.credential().orElse(""))
                    .with("session", facts.id().text())
                    .toString());
        }
    }

    @Override
    public void loginFailed(SessionFacts facts, String user, SaslMechanism mechanism, LoginFailure why) {
        if (LOG.isInfoEnabled()) {
            LOG.info(login("login-failed", facts, user, mechanism.keyword())
                    .with("reason", why.word())
                    .with("session", facts.id().text())
                    .toString());
        }
    }

    private static LogLine login(String event, SessionFacts facts, String user, String mechanism) {
        return new LogLine(NO_ID, event)
                .with("user", Printable.line(user, MAX_USER))
                .with("client", facts.remote().getAddress().getHostAddress())
                .with("role", facts.kind().role())
                .with("mechanism", mechanism);
    }

    @Override
    public void accepted(MailObject mail, List<Placement> placements, List<OutcomeEvent> outcomes) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        LogLine line = named(new LogLine(mail.id().text(), "accepted"), mail)
                .with("size", mail.content().size())
                .with("items", placements.size())
                .with("protocol", mail.arrival().protocol())
                .with("helo", mail.arrival().helo());
        if (mail.arrival().remote().isPresent()) {
            line.with("client", mail.arrival().remote().get().getHostAddress());
        }
        mail.arrival().tls().ifPresent(tls -> line.with("tls", tls.replace(' ', '/')));
        client(line, mail.arrival().client());
        LOG.info(line.toString());
    }

    private static void client(LogLine line, ClientStory client) {
        client.role().ifPresent(role -> line.with("role", role));
        client.user().ifPresent(user -> line.with("user", user));
        client.serverName().ifPresent(name -> line.with("sni", name));
        client.certificate().ifPresent(certificate -> line.quoted("certificate", certificate));
    }

    @Override
    public void held(MailObject mail, String reason) {
        byRule("held", mail, reason);
    }

    @Override
    public void discarded(MailObject mail, String reason) {
        byRule("discarded", mail, reason);
    }

    @Override
    public void recipientsDiscarded(MailObject part, String reason) {
        byRule("discarded", part, reason);
    }

    private static void byRule(String event, MailObject mail, String reason) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(mail.id().text(), event)
                    .with("from", mail.envelope().reversePath().toString())
                    .with(RECIPIENTS, mail.envelope().recipients().size())
                    .quoted(REASON, reason)
                    .toString());
        }
    }

    @Override
    public void settled(QueueItem item, DeliveryReport report, Settlement settlement, List<OutcomeEvent> outcomes) {
        Map<ForwardPath, Placement> placements = placements(settlement);
        for (RecipientResult result : report.results()) {
            Optional<Placement> next = Optional.ofNullable(placements.get(result.recipient()));
            boolean isGivenUp = next.filter(placement -> placement.queue().equals(QueueNames.DEAD))
                    .isPresent();
            if (result instanceof RecipientResult.NotAttempted && !isGivenUp) {
                next.ifPresent(placement -> notAttempted(item, result, placement));
            } else if (LOG.isInfoEnabled()) {
                LOG.info(line(attempted(item, result, report), result, isGivenUp, delay(report.at(), next))
                        .toString());
            }
        }
    }

    /** The item in which each recipient goes on; without those that are complete. */
    private static Map<ForwardPath, Placement> placements(Settlement settlement) {
        Map<ForwardPath, Placement> placements = new HashMap<>();
        for (Placement placement : settlement.placements()) {
            for (Recipient recipient : placement.item().recipients()) {
                placements.putIfAbsent(recipient.path(), placement);
            }
        }
        return placements;
    }

    private static LogLine line(AttemptedRecipient trial, RecipientResult result, boolean isGivenUp, Duration delay) {
        if (result instanceof RecipientResult.Delivered) {
            return line("delivered", trial).with("delay", LogLine.seconds(trial.age()));
        }
        if (result instanceof RecipientResult.Failed || isGivenUp) {
            return line("failed", trial).with("age", LogLine.seconds(trial.age()));
        }
        if (!(result instanceof RecipientResult.Deferred)) {
            throw new AssertionError(result);
        }
        return line("deferred", trial).with("age", LogLine.seconds(trial.age())).with("delay", LogLine.shortest(delay));
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
        if (trial.tls().filter(use -> !use.equals(TlsUse.NONE)).isPresent()) {
            line.quoted("tls", trial.tls().get().words());
        }
        line.quoted("reply", trial.diagnosis().line());
        return trial.hosts().isEmpty() ? line : line.quoted("hosts", trial.hosts());
    }

    private static AttemptedRecipient attempted(QueueItem item, RecipientResult result, DeliveryReport report) {
        MailObject mail = item.mail();
        List<HostAttempt> tried = report.hosts().isEmpty() ? List.of() : report.hostsTriedFor(result.recipient());
        return new AttemptedRecipient(
                item.id().toString(),
                mail.envelope().reversePath(),
                result.recipient(),
                mail.content().size(),
                nextHop(item),
                item.progress().attempts() + 1,
                Duration.between(mail.arrival().at(), report.at()),
                result.diagnosis(),
                hosts(tried),
                tried.stream().reduce((earlier, last) -> last).map(HostAttempt::tls));
    }

    /**
     * The reply of each host, in the order in which they were tried; empty if there was one, because its reply is the
     * result.
     */
    static String hosts(List<HostAttempt> hosts) {
        return hosts.size() < 2
                ? ""
                : Printable.line(hosts.stream().map(MailLog::host).collect(Collectors.joining("; ")), MAX_HOSTS_TEXT);
    }

    private static String host(HostAttempt host) {
        String said = host.answers().stream()
                .map(answer -> Printable.line(answer.diagnosis().line(), MAX_REPLY_OF_HOST))
                .collect(Collectors.joining(" "));
        int port = host.address().getPort();
        String name = port == SMTP_PORT ? host.host() : host.host() + ":" + port;
        return name + " (" + host.address().getAddress().getHostAddress() + ", "
                + host.took().toMillis() + " ms): " + said;
    }

    private static String nextHop(QueueItem item) {
        return item.nextHop().transport() + ":" + item.nextHop().destination();
    }

    /** Until the next attempt; to the second, since the time between an attempt's end and its settling is of no interest. */
    private static Duration delay(Instant now, Optional<Placement> next) {
        Duration delay = next.flatMap(placement -> placement.item().progress().nextAttemptAt())
                .map(at -> Duration.between(now, at))
                .orElse(Duration.ZERO);
        return delay.compareTo(Duration.ofSeconds(1)) < 0 ? delay : Duration.ofSeconds((delay.toMillis() + 500) / 1000);
    }

    /** Very many items may wait like this, so each has a line of its own only at DEBUG. */
    private void notAttempted(QueueItem item, RecipientResult result, Placement placement) {
        countParked(item, placement.queue(), result.diagnosis().line());
        if (LOG.isDebugEnabled()) {
            parkedLine(placement).ifPresent(LOG::debug);
        }
    }

    @Override
    public void parked(QueueItem item, String queue, String reason) {
        countParked(item, queue, reason);
    }

    private void countParked(QueueItem item, String queue, String reason) {
        waiting.count(nextHop(item))
                .ifPresent(items -> LOG.info(new LogLine(NO_ID, "parked")
                        .with("next-hop", nextHop(item))
                        .with(QUEUE, queue)
                        .with("items", items)
                        .quoted(REASON, reason)
                        .toString()));
    }

    @Override
    public void smartHostPaused(String smartHost, String reason, Instant until) {
        LOG.warn(new LogLine(NO_ID, "smarthost-paused")
                .with("smarthost", smartHost)
                .with("until", until.toString())
                .quoted(REASON, reason)
                .toString());
    }

    @Override
    public void smartHostResumed(String smartHost) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(NO_ID, "smarthost-resumed")
                    .with("smarthost", smartHost)
                    .toString());
        }
    }

    @Override
    public void postponed(Placement waiting) {
        if (LOG.isInfoEnabled()) {
            parkedLine(waiting).ifPresent(LOG::info);
        }
    }

    private static Optional<String> parkedLine(Placement waiting) {
        return waiting.item()
                .progress()
                .nextAttemptAt()
                .map(due -> new LogLine(waiting.item().id().toString(), "parked")
                        .with(QUEUE, waiting.queue())
                        .with("due", due.toString())
                        .toString());
    }

    @Override
    public void bounced(QueueItem item, boolean isReported, List<OutcomeEvent> outcomes) {
        if (!isReported && LOG.isInfoEnabled()) {
            LOG.info(new LogLine(item.id().toString(), "unreturned")
                    .quoted(REASON, "no report is wanted")
                    .toString());
        }
    }

    @Override
    public void notified(QueueItem item, Notice.Kind kind, MailObject notification) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(item.id().toString(), kind == Notice.Kind.FAILED ? "bounced" : "notified")
                    .with("kind", kind.name().toLowerCase(Locale.ROOT))
                    .with("dsn", notification.id().text())
                    .with(
                            "to",
                            notification.envelope().recipients().get(0).path().toString())
                    .toString());
        }
    }

    @Override
    public void removed(QueueItem item, String queue, List<OutcomeEvent> outcomes) {
        if (LOG.isInfoEnabled()) {
            LOG.info(named(new LogLine(item.id().toString(), "removed").with(QUEUE, queue), item.mail())
                    .toString());
        }
    }

    @Override
    public void heldByOperator(QueueItem item, String queue, Hold hold) {
        if (LOG.isInfoEnabled()) {
            LOG.info(named(new LogLine(item.id().toString(), "held").with(QUEUE, queue), item.mail())
                    .quoted("by", hold.by())
                    .quoted(REASON, hold.reason())
                    .toString());
        }
    }

    @Override
    public void released(QueueItem item) {
        if (LOG.isInfoEnabled()) {
            LOG.info(named(new LogLine(item.id().toString(), "released"), item.mail())
                    .toString());
        }
    }

    @Override
    public void flushed(String item, String queue) {
        if (LOG.isInfoEnabled()) {
            LOG.info(new LogLine(item.isEmpty() ? NO_ID : item, "flushed")
                    .with(QUEUE, queue)
                    .toString());
        }
    }

    /** Adds sender, the first recipients, and how many recipients there are. */
    private static LogLine named(LogLine line, MailObject mail) {
        List<Recipient> recipients = mail.envelope().recipients();
        line.with("from", mail.envelope().reversePath().toString());
        for (int i = 0; i < Math.min(MAX_RECIPIENTS_NAMED, recipients.size()); i++) {
            line.with("to", recipients.get(i).path().toString());
        }
        return line.with(RECIPIENTS, recipients.size());
    }

    @Override
    public void invalid(String queue, String messageId, String reason) {
        if (LOG.isWarnEnabled()) {
            LOG.warn(new LogLine(NO_ID, "invalid")
                    .with(QUEUE, queue)
                    .with("message", messageId)
                    .quoted(REASON, reason)
                    .toString());
        }
    }

    @Override
    public void contentMissing(QueueItem item, String reason) {
        LOG.error(new LogLine(item.id().toString(), "missing-content")
                .quoted(REASON, reason)
                .toString());
    }

    @Override
    public void inDoubt(String id, String reason) {
        LOG.warn(new LogLine(id, "in-doubt").quoted(REASON, reason).toString());
    }
}
