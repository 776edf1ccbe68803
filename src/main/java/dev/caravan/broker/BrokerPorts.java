package dev.caravan.broker;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.Settings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.security.JaasAuthenticationPlugin;
import org.apache.activemq.security.SimpleAuthenticationPlugin;

/**
 * Which ports and addresses of a broker are safe: whoever reaches one may read and write all mail. One that other
 * machines reach needs TLS and a login, unless {@code broker.allow-open} says that the network is trusted.
 */
final class BrokerPorts {
    private static final Set<String> SECURE = Set.of("https", "wss");
    private static final Pattern ADDRESS =
            Pattern.compile("(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?<host>\\[[^\\]]*]|[^:/,?)(\\s]+)");

    private BrokerPorts() {}

    /**
     * Checks an address that the broker is to listen at.
     *
     * @param hasLogin whether clients must log in.
     * @throws InvalidSettingsException if it is open to other machines.
     */
    static void requireSafe(String listen, boolean hasLogin, Settings settings) {
        objection(URI.create(listen), hasLogin)
                .filter(objection -> !settings.get(BrokerSettings.ALLOW_OPEN))
                .ifPresent(objection -> {
                    throw refusal(listen + " " + objection);
                });
    }

    /**
     * Checks the connectors of a configuration of the operator's own.
     *
     * @throws InvalidSettingsException if one is open to other machines.
     */
    static void requireSafe(BrokerService service, boolean hasLogin, Settings settings) {
        if (settings.get(BrokerSettings.ALLOW_OPEN)) {
            return;
        }
        boolean isLoggedIn = hasLogin || hasPlugin(service);
        for (TransportConnector connector : service.getTransportConnectors()) {
            Optional<URI> address = address(connector);
            address.flatMap(uri -> objection(uri, isLoggedIn)).ifPresent(objection -> {
                throw refusal("the connector " + address.get() + " of activemq.xml " + objection);
            });
        }
    }

    private static InvalidSettingsException refusal(String what) {
        return new InvalidSettingsException(
                BrokerSettings.LISTEN,
                what,
                "ssl://HOST:PORT with broker.user and broker.password-file; or a loopback address; or"
                        + " broker.allow-open=true in a network whose every client may read and write all mail");
    }

    private static Optional<URI> address(TransportConnector connector) {
        try {
            return Optional.ofNullable(connector.getUri());
        } catch (Exception e) {
            // The start of the connector fails for the same reason, and says so.
            return Optional.empty();
        }
    }

    private static boolean hasPlugin(BrokerService service) {
        return service.getPlugins() != null
                && List.of(service.getPlugins()).stream()
                        .anyMatch(plugin -> plugin instanceof SimpleAuthenticationPlugin
                                || plugin instanceof JaasAuthenticationPlugin);
    }

    private static Optional<String> objection(URI address, boolean hasLogin) {
        String scheme = String.valueOf(address.getScheme());
        boolean isSecure = isSecure(scheme);
        if (scheme.equals("vm") || isLoopback(String.valueOf(address.getHost())) || (isSecure && hasLogin)) {
            return Optional.empty();
        }
        String lacks = isSecure ? "a login" : hasLogin ? "TLS" : "TLS and a login";
        return Optional.of("can be reached from other machines without " + lacks);
    }

    /**
     * Checks that a password is not sent in clear to another machine.
     *
     * @param url of a broker, perhaps with several addresses.
     * @throws InvalidSettingsException if it would be.
     */
    static void requireSecret(String url, Settings settings) {
        Matcher found = ADDRESS.matcher(url);
        while (found.find() && !settings.get(BrokerSettings.ALLOW_OPEN)) {
            if (!isSecure(found.group("scheme")) && !isLoopback(found.group("host"))) {
                throw new InvalidSettingsException(
                        BrokerSettings.URL,
                        "broker.password-file would be sent in clear to " + found.group("host"),
                        "ssl://" + found.group("host") + "...; or broker.allow-open=true in a network that you trust");
            }
        }
    }

    /** Whether an address of a broker, or one of several, is one of TLS. */
    static boolean isSecure(String scheme) {
        String name = scheme.toLowerCase(Locale.ROOT);
        return SECURE.contains(name) || List.of(name.split("\\+")).contains("ssl");
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
