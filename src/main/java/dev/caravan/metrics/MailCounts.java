package dev.caravan.metrics;

import dev.caravan.mail.MailObject;
import dev.caravan.outcome.OutcomeEvent;
import dev.caravan.outcome.OutcomeEvent.Kind;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what happens to mail, once it is certain: whoever calls has committed. Each call is a few additions, from any
 * thread. Names of transports and sources are bounded, all other labels are from closed sets.
 */
public final class MailCounts {
    private static final int MAX_TRANSPORTS = 32;
    private static final int MAX_SOURCES = 16;
    /** From a mailbox on this machine to the last attempt after five days. */
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
    private final Counter requests;
    private final Counter attempts;
    private final Histogram queueTime;
    private final Map<Kind, Counter> recipients = new EnumMap<>(Kind.class);

    /** Counters that are told to whoever asks that registry. */
    public MailCounts(PrometheusRegistry registry) {
        mails = counter(registry, "mails_accepted", "Mails stored and answered so, by where they came from.", "source");
        octets = counter(registry, "accepted_bytes", "Octets of content of accepted mails.");
        discarded = counter(registry, "mails_discarded", "Mails that a rule took and threw away.");
        refused = counter(
                registry,
                "refusals",
                "Negative replies to SMTP clients, for now (4yz) or for good (5yz).",
                "reason",
                "kind");
        connections = counter(registry, "smtp_connections", "Connections that SMTP clients made.");
        requests = counter(registry, "http_requests", "Requests for the routes behind http.listen, by reply.", "code");
        attempts =
                counter(registry, "delivery_attempts", "Attempts that were settled, by result.", TRANSPORT, "result");
        for (Kind kind : Kind.values()) {
            String name = "recipients_" + kind.word();
            recipients.put(kind, counter(registry, name, meaning(kind), TRANSPORT));
        }
        queueTime = Histogram.builder()
                .name("caravan_time_in_queue_seconds")
                .help("From the acceptance of a mail to its delivery, for each recipient.")
                .labelNames(TRANSPORT)
                .classicOnly()
                .classicUpperBounds(QUEUE_SECONDS)
                .withoutExemplars()
                .register(registry);
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
            case ACCEPTED -> "Recipients of stored mail that will be delivered.";
            case HELD -> "Recipients of stored mail that waits until somebody releases it.";
            case DEFERRED -> "Attempts for a recipient that failed for now.";
            case RELAYED -> "Recipients for whom another mail server took responsibility.";
            case DELIVERED -> "Recipients whose mail is in a mailbox, or with the destination of a route.";
            case BOUNCED -> "Recipients given up, as the answer was final.";
            case EXPIRED -> "Recipients given up after too long a time.";
            case REMOVED -> "Recipients whose mail an operator took out of the queues.";
        };
    }

    /** What has not happened yet is 0: a rate is known from the first time on. */
    private void beginAtZero() {
        for (Reason reason : Reason.values()) {
            refused.labelValues(reason.word(), kind(true));
            refused.labelValues(reason.word(), kind(false));
        }
        sources.label("smtp");
        mails.labelValues("smtp");
        for (String transport : List.of("smtp", "local")) {
            transports.label(transport);
            recipients.values().forEach(counter -> counter.labelValues(transport));
            queueTime.labelValues(transport);
        }
    }

    private static String kind(boolean isPermanent) {
        return isPermanent ? "permanent" : "temporary";
    }

    /**
     * A mail is stored.
     *
     * @param events what {@code OutcomeEvents.stored} tells of it.
     */
    public void stored(MailObject mail, List<OutcomeEvent> events) {
        mails.labelValues(source(mail)).inc();
        octets.inc(mail.content().size());
        told(events);
    }

    /** ESMTP and SMTP are one source; our own reports are one, too. */
    private String source(MailObject mail) {
        String protocol = mail.arrival().protocol().toLowerCase(Locale.ROOT);
        return sources.label(protocol.equals("esmtp") ? "smtp" : protocol);
    }

    /**
     * An attempt is settled.
     *
     * @param events what {@code OutcomeEvents.settled} tells of it; none if nobody was tried.
     */
    public void settled(List<OutcomeEvent> events) {
        if (!events.isEmpty()) {
            attempts.labelValues(transport(events.get(0)), result(events)).inc();
        }
        told(events);
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

    /** Something was decided about recipients. */
    public void told(List<OutcomeEvent> events) {
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

    /** A rule took a mail and threw it away. */
    public void discarded() {
        discarded.inc();
    }

    /** An SMTP client got a negative reply. */
    public void refused(Reply reply) {
        refused.labelValues(reply.reason().word(), kind(reply.isPermanent())).inc();
    }

    /** An SMTP client connected. */
    public void connected() {
        connections.inc();
    }

    /**
     * A route was asked by HTTP.
     *
     * @param status of the reply; 200 to 599.
     */
    public void answered(int status) {
        requests.labelValues(Integer.toString(status)).inc();
    }
}
