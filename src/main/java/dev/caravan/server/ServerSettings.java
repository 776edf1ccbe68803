package dev.caravan.server;

import dev.caravan.accounts.AuthSettings;
import dev.caravan.acme.AcmeSettings;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.config.SettingsCatalog;
import dev.caravan.events.EventSettings;
import dev.caravan.filter.FilterSettings;
import dev.caravan.housekeeping.RetentionSettings;
import dev.caravan.http.HttpSettings;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.recovery.RecoverySettings;
import dev.caravan.settle.ReportSettings;
import dev.caravan.source.SourceSettings;
import dev.caravan.source.file.PickupSettings;
import dev.caravan.source.kafka.KafkaSettings;
import dev.caravan.source.mailbox.MailboxSettings;
import dev.caravan.source.sendmail.SendmailSettings;
import dev.caravan.source.sql.SqlSettings;
import dev.caravan.steps.PolicySettings;
import dev.caravan.store.MessageSettings;
import dev.caravan.submit.SubmissionSettings;
import dev.caravan.tls.TlsSettings;
import dev.caravan.transport.DeliverySettings;
import dev.caravan.transport.ResolverSettings;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All settings of a server: the groups of its packages, in the order of {@code docs/settings.md}. */
public final class ServerSettings {
    /** Keys of listeners that the server does not have. */
    private static final Set<String> RESERVED = Set.of("smtps.listen");

    public static final SettingsCatalog CATALOG = new SettingsCatalog(
            List.of(
                    MailSettings.GROUP,
                    PolicySettings.GROUP,
                    ReportSettings.GROUP,
                    RetentionSettings.GROUP,
                    SmtpSettings.GROUP,
                    SubmissionSettings.GROUP,
                    AuthSettings.GROUP,
                    FilterSettings.GROUP,
                    TlsSettings.GROUP,
                    HttpSettings.GROUP,
                    SourceSettings.GROUP,
                    PickupSettings.GROUP,
                    SendmailSettings.GROUP,
                    SqlSettings.GROUP,
                    KafkaSettings.GROUP,
                    MailboxSettings.GROUP,
                    MessageSettings.GROUP,
                    ResolverSettings.GROUP,
                    DeliverySettings.GROUP,
                    EventSettings.GROUP,
                    BrokerSettings.GROUP,
                    RecoverySettings.GROUP,
                    AcmeSettings.GROUP),
            RESERVED,
            Placeholders.FORMER);

    private ServerSettings() {}

    /**
     * Reads the settings of a home.
     *
     * @param overrides what {@code --set} gave.
     * @param environment the environment variables.
     * @throws dev.caravan.config.InvalidSettingsException if a key is unknown or a value does not fit; names all of them.
     */
    public static Settings load(ServerHome home, Map<String, String> overrides, Map<String, String> environment)
            throws IOException {
        return Settings.load(CATALOG, home, overrides, environment);
    }
}
