package dev.caravan.server;

import dev.caravan.config.Settings;
import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.SmtpListeners;
import dev.caravan.source.file.PickupSettings;
import dev.caravan.source.kafka.KafkaSettings;
import dev.caravan.source.mailbox.MailboxSettings;
import dev.caravan.source.sql.SqlSettings;
import dev.caravan.transport.DeliverySettings;
import java.util.Map;
import java.util.Properties;

/** The placeholders for routes: all settings, the operator's own keys, and names that begin with {@code caravan.}. */
public final class Placeholders {
    private static final String TIMERS_ENABLED = "caravan.timers-enabled";
    private static final String DELIVERY_ENABLED = "caravan.delivery-enabled";
    private static final String MAILBOX_DELAY = "caravan.mailbox-delay";

    /** The present names by the former ones, which still work. */
    static final Map<String, String> FORMER = Map.of(
            "caravan.tick",
            TIMERS_ENABLED,
            "caravan.deliver",
            DELIVERY_ENABLED,
            "caravan.mailbox-millis",
            MAILBOX_DELAY);

    /** The address for a route whose listener has none: the route is checked and does not listen. */
    private static final String NOWHERE = "127.0.0.1:0";

    private Placeholders() {}

    /**
     * The placeholders of a server.
     *
     * @param timersEnabled whether timers run.
     * @param smtp where the server listens; the placeholder of a setting is the first of its addresses.
     */
    public static Properties of(Settings settings, boolean timersEnabled, SmtpListeners smtp) {
        Properties properties = new Properties();
        properties.putAll(settings.all());
        // No body of the server's routes is a stream, so Camel need not copy any.
        properties.setProperty("camel.main.stream-caching-enabled", "false");
        for (ListenerKind kind : ListenerKind.values()) {
            properties.setProperty(
                    kind.setting(),
                    smtp.of(kind).stream()
                            .findFirst()
                            .map(listener -> listener.address().toString())
                            .orElse(NOWHERE));
        }
        put(properties, "caravan.native-transport", EventLoops.isNative());
        put(properties, DELIVERY_ENABLED, !settings.get(DeliverySettings.PAUSED));
        put(properties, TIMERS_ENABLED, timersEnabled);
        put(
                properties,
                "caravan.pickup",
                timersEnabled && settings.get(PickupSettings.FOLDER).isPresent());
        put(properties, "caravan.sql", settings.get(SqlSettings.URL).isPresent());
        put(properties, "caravan.kafka", settings.get(KafkaSettings.BROKERS).isPresent());
        put(properties, "caravan.mailbox", settings.get(MailboxSettings.SERVER).isPresent());
        put(properties, "caravan.mailbox-delete", !settings.get(MailboxSettings.KEEP));
        properties.setProperty(
                MAILBOX_DELAY,
                Long.toString(settings.get(MailboxSettings.POLL_INTERVAL).toMillis()));
        FORMER.forEach((former, name) -> properties.setProperty(former, properties.getProperty(name)));
        return properties;
    }

    private static void put(Properties properties, String name, boolean value) {
        properties.setProperty(name, Boolean.toString(value));
    }
}
