package dev.caravan.delivery;

import dev.caravan.login.SmartHost;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The destination of one attempt by SMTP: the meaning of a next hop's destination for this transport. */
public sealed interface SmtpDestination {
    /** All recipients go one way. */
    sealed interface OneWay extends SmtpDestination {}

    /** {@code host:port}, one or more. */
    Pattern HOSTS = Pattern.compile("[^,\\s]+:[0-9]+(?:,\\s*[^,\\s]+:[0-9]+)*");

    /** Each recipient goes to the MX hosts of its own domain. */
    record RecipientDomains() implements SmtpDestination {}

    /** All recipients go to the MX hosts of one domain, or to its address if it is an address literal. */
    record MailHosts(Domain domain) implements OneWay {}

    /**
     * All recipients go to these hosts, tried in this order; no MX is looked up.
     *
     * @param hosts at least one.
     */
    record RelayHosts(List<RelayHost> hosts) implements OneWay {
        public RelayHosts {
            hosts = List.copyOf(hosts);
            if (hosts.isEmpty()) {
                throw new IllegalArgumentException("no relay host (expected: at least 1)");
            }
        }
    }

    /** All recipients go by a smart host that has a name, its hosts tried in their order. */
    record Via(SmartHost host) implements OneWay {}

    /**
     * Recipients go different ways.
     *
     * @param ways one for each recipient; one that has none goes to the MX hosts of its domain.
     */
    record Several(Map<ForwardPath, OneWay> ways) implements SmtpDestination {
        public Several {
            ways = Map.copyOf(ways);
        }
    }

    /**
     * Reads the destination of a next hop: a domain or address literal, or {@code host:port} of one or more relay hosts,
     * separated by commas. A text with a port is a host, not a domain.
     *
     * @return {@link RecipientDomains} if the text is empty or neither, because the recipients' own domains are always
     *     right.
     */
    static SmtpDestination parse(String destination) {
        Optional<Domain> domain = domain(destination);
        if (domain.isPresent()) {
            return new MailHosts(domain.get());
        }
        if (!HOSTS.matcher(destination).matches()) {
            return new RecipientDomains();
        }
        try {
            return new RelayHosts(HostAndPort.parseAll(destination, SmtpDeliverySettings.SMTP_PORT).stream()
                    .map(RelayHost::new)
                    .toList());
        } catch (IllegalArgumentException e) {
            return new RecipientDomains();
        }
    }

    private static Optional<Domain> domain(String text) {
        try {
            return Optional.of(new Domain(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
