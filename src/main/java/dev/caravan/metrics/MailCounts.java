package dev.caravan.metrics;

import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvent.Kind;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.Settlement;
import dev.caravan.queue.QueueItem;
import dev.caravan.session.RefusedCommand;
import dev.caravan.session.SessionFacts;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import dev.caravan.trace.MailEvents;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what happens to mail in Prometheus metrics. Outcomes are counted after their commit. Each call is a few
 * additions, from any thread. At most 32 names of transports and 16 of sources become labels; all other labels are from
 * closed sets.
 */
public final class MailCounts implements MailEvents {
    static final String SMTP = "smtp";

    static final int MAX_TRANSPORTS = 32;
    private static final int MAX_SOURCES = 16;
    /** From a delivery to a local mailbox to the last attempt after five days. */
    private static final double[] QUEUE_SECONDS = {
        0.01,
        0.03,
        0.1,
        0.3,
        1,
        3,
        10,
        30,
        60,
        300,
        900,
        1800,
        3600,
        4 * 3600,
        12 * 3600,
        24 * 3600,
        3 * 24 * 3600,
        5 * 24 * 3600
    };

    private static final String TRANSPORT = "transport";

    private final BoundedNames transports = new BoundedNames(MAX_TRANSPORTS);
    private final BoundedNames sources = new BoundedNames(MAX_SOURCES);
    private final Counter mails;
    private final Counter octets;
    private final Counter discarded;
    private final Counter refused;
    private final Counter connections;
    private final Counter logins;
    private final Counter failedLogins;
    private final Counter requests;
    private final Counter attempts;
    private final Counter parked;
    private final Histogram queueTime;
    private final Map<Kind, Counter> recipients = new EnumMap<>(Kind.class);

    /** @param registry publishes the metrics. */
    public MailCounts(PrometheusRegistry registry) {
        mails = counter(registry, "mails_accepted", "Messages stored and acknowledged, by source.", "source");
        octets = counter(registry, "accepted_bytes", "Octets of content of accepted messages.");
        discarded = counter(registry, "mails_discarded", "Messages from SMTP clients that a rule discarded.");
        refused = counter(
                registry,
                "refusals",
                "Negative replies to SMTP clients, temporary (4yz) or permanent (5yz).",
                "reason",
                "kind");
        connections = counter(registry, "smtp_connections", "Connections from SMTP clients.");
        logins = counter(registry, "logins", "Clients that authenticated.", "mechanism");
        failedLogins = counter(registry, "login_failures", "Logins that failed.", "mechanism", "reason");
        requests = counter(
                registry,
                "http_requests",
                "Requests for the routes behind http.listen, by status of the response.",
                "code");
        attempts = counter(registry, "delivery_attempts", "Settled delivery attempts, by result.", TRANSPORT, "result");
        parked = counter(
                registry, "items_parked", "Queue items that were parked, since no delivery might start.", TRANSPORT);
        for (Kind kind : Kind.values()) {
            String name = "recipients_" + kind.word();
            recipients.put(kind, counter(registry, name, meaning(kind), TRANSPORT));
        }
        queueTime = Histogram.builder()
                .name("caravan_time_in_queue_seconds")
                .help("From the acceptance of a message to its delivery, for each recipient.")
                .labelNames(TRANSPORT)
                .classicOnly()
                .classicUpperBounds(QUEUE_SECONDS)
                .withoutExemplars()
                .register(registry);
        parked.labelValues(SMTP);
        beginAtZero();
    }

    private static Counter counter(PrometheusRegistry registry, String name, String help, String... labels) {
        return Counter.builder()
                .name("caravan_" + name + "_total")
                .help(help)
                .labelNames(labels)
                .withoutExemplars()
                .register(registry);
    }

    private static String meaning(Kind kind) {
        return switch (kind) {
            case ACCEPTED -> "Recipients of stored messages that will be delivered.";
            case HELD -> "Recipients of stored messages that wait until an operator releases them.";
            case DEFERRED -> "Attempts for a recipient that failed temporarily.";
            case RELAYED -> "Recipients whose message another mail server accepted.";
            case DELIVERED -> "Recipients whose message is in a mailbox or was taken by the destination of a route.";
            case BOUNCED -> "Recipients given up because of a permanent failure.";
            case EXPIRED -> "Recipients given up because the message was too old.";
            case REMOVED -> "Recipients whose message an operator removed from the queues.";
        };
    }

    /** Creates the usual time series with the value 0, so that a rate is known from the first event on. */
    private void beginAtZero() {
        for (Reason reason : Reason.values()) {
            refused.labelValues(reason.word(), kind(true));
            refused.labelValues(reason.word(), kind(false));
        }
        for (SaslMechanism mechanism : List.of(SaslMechanism.PLAIN, SaslMechanism.SCRAM_SHA_256)) {
            logins.labelValues(mechanism.keyword());
            failedLogins.labelValues(mechanism.keyword(), LoginFailure.CREDENTIALS.word());
        }
        sources.label(SMTP);
        mails.labelValues(SMTP);
        for (String transport : List.of(SMTP, "local")) {
            transports.label(transport);
            recipients.values().forEach(counter -> counter.labelValues(transport));
            queueTime.labelValues(transport);
        }
    }

    private static String kind(boolean isPermanent) {
        return isPermanent ? "permanent" : "temporary";
    }

    @Override
    public void accepted(MailObject mail, List<Placement> placements, List<OutcomeEvent> outcomes) {
        mails.labelValues(source(mail)).inc();
        octets.inc(mail.content().size());
        count(outcomes);
    }

    /** The kinds of SMTP are one source; the delivery status notifications of Caravan are another. */
    private String source(MailObject mail) {
        return sources.label(protocol(mail));
    }

    private static String protocol(MailObject mail) {
        String protocol = mail.arrival().protocol().toLowerCase(Locale.ROOT);
        return protocol.startsWith("esmtp") || protocol.startsWith("utf8smtp") ? SMTP : protocol;
    }

    @Override
    public void settled(QueueItem item, DeliveryReport report, Settlement settlement, List<OutcomeEvent> outcomes) {
        if (!outcomes.isEmpty()) {
            attempts.labelValues(transport(outcomes.get(0)), result(outcomes)).inc();
        }
        count(outcomes);
    }

    @Override
    public void partlySettled(QueueItem item, List<OutcomeEvent> outcomes) {
        count(outcomes);
    }

    @Override
    public void parked(QueueItem item, String queue, String reason) {
        parked.labelValues(transports.label(item.nextHop().transport())).inc();
    }

    @Override
    public void bounced(QueueItem item, boolean isReported, List<OutcomeEvent> outcomes) {
        count(outcomes);
    }

    @Override
    public void removed(QueueItem item, String queue, List<OutcomeEvent> outcomes) {
        count(outcomes);
    }

    private static String result(List<OutcomeEvent> events) {
        long delivered = events.stream().filter(MailCounts::isSuccess).count();
        long deferred =
                events.stream().filter(event -> event.kind() == Kind.DEFERRED).count();
        if (delivered == events.size()) {
            return "delivered";
        }
        return deferred == events.size() ? "deferred" : delivered + deferred == 0 ? "failed" : "mixed";
    }

    private static boolean isSuccess(OutcomeEvent event) {
        return event.kind() == Kind.DELIVERED || event.kind() == Kind.RELAYED;
    }

    private void count(List<OutcomeEvent> events) {
        for (OutcomeEvent event : events) {
            String transport = transport(event);
            Counter counter = recipients.get(event.kind());
            if (counter != null) {
                counter.labelValues(transport).inc();
            }
            if (isSuccess(event)) {
                Duration age =
                        Duration.between(event.about().item().mail().arrival().at(), event.at());
                // Another machine's clock may be ahead of ours.
                queueTime.labelValues(transport).observe(Math.max(0, age.toMillis()) / 1000.0);
            }
        }
    }

    private String transport(OutcomeEvent event) {
        return transports.label(event.about().item().nextHop().transport());
    }

    /** Counts messages of SMTP clients only, as the metric's documentation says. */
    @Override
    public void discarded(MailObject mail, String reason) {
        if (protocol(mail).equals(SMTP)) {
            discarded.inc();
        }
    }

    @Override
    public void refused(SessionFacts facts, Reply reply, RefusedCommand what) {
        refused.labelValues(reply.reason().word(), kind(reply.isPermanent())).inc();
    }

    @Override
    public void loggedIn(SessionFacts facts) {
        facts.identity().ifPresent(who -> logins.labelValues(who.mechanism()).inc());
    }

    @Override
    public void loginFailed(SessionFacts facts, String user, SaslMechanism mechanism, LoginFailure why) {
        failedLogins.labelValues(mechanism.keyword(), why.word()).inc();
    }

    @Override
    public void connected(SessionFacts facts) {
        connections.inc();
    }

    /**
     * Counts a request for a route behind {@code http.listen}.
     *
     * @param status of the response; 200 to 599.
     */
    public void answered(int status) {
        requests.labelValues(Integer.toString(status)).inc();
    }
}
