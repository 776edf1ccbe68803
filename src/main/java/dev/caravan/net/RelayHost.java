package dev.caravan.net;

/**
 * A mail server that accepts mail for domains that are not its own, so that no MX host is looked up: a smart host, or
 * {@code relayhost} in the words of Postfix.
 *
 * @param address its name or IP address, and its port.
 */
public record RelayHost(HostAndPort address) {
    /** {@code host:port}, as it stands in the next hop of a queue item. */
    @Override
    public String toString() {
        return address.toString();
    }
}
