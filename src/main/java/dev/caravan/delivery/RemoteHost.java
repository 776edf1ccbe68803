package dev.caravan.delivery;

import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * A host to connect to.
 *
 * @param mta the host's name or address literal, as reports name it.
 * @param address the address and port, resolved.
 * @param tls what the connection requires of TLS.
 */
record RemoteHost(String mta, InetSocketAddress address, TlsPolicy tls) {
    /** The key by which a connection to it may be reused. */
    ConnectionKey key() {
        return new ConnectionKey(mta.toLowerCase(Locale.ROOT), address, tls);
    }

    @Override
    public String toString() {
        return mta + " (" + address.getAddress().getHostAddress() + " port " + address.getPort() + ")";
    }
}
