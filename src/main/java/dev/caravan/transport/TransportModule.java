package dev.caravan.transport;

import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.delivery.MaildirDelivery;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.mail.Domain;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.policy.UserFile;
import dev.caravan.settle.DeliveryFailureHandler;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/** Delivers into Maildirs and by the endpoints of an operator's routes; {@link SmtpModule} delivers by SMTP. */
public final class TransportModule implements ServerModule {
    private final MessageBody body;
    private final EndpointReport report;
    private final Map<String, Object> beans;

    /**
     * @param data the folder in which the Maildirs are, unless the setting is an absolute path.
     * @param users have Maildirs.
     * @param recipients is asked before a recipient without a Maildir fails.
     */
    public TransportModule(
            Settings settings,
            Path data,
            UserFile users,
            RecipientDirectory recipients,
            ShutdownState shutdown,
            Clock clock) {
        Domain host = settings.get(MailSettings.HOSTNAME);
        Path maildirs = data.resolve(settings.get(DeliverySettings.MAILDIRS));
        DeliveryFailureHandler failures = new DeliveryFailureHandler(clock, shutdown);
        this.body = new MessageBody(host);
        this.report = new EndpointReport(clock, failures);
        this.beans = Map.of(
                "localTransport", new MaildirTransport(new MaildirDelivery(maildirs, host, clock), users, recipients),
                "mailBody", body,
                "unexplainedFailure", failures,
                "destinationReport", report);
    }

    /** Makes of an item what an endpoint can take: octets and headers. */
    public MessageBody body() {
        return body;
    }

    /** Makes a report of what an endpoint did with a message. */
    public EndpointReport report() {
        return report;
    }

    @Override
    public Map<String, Object> beans() {
        return beans;
    }
}
