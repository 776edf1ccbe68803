package dev.caravan.delivery;

import java.net.InetSocketAddress;

/**
 * Where one connection goes.
 *
 * @param mta the host's name or address literal, as reports name it.
 * @param address the address and port, resolved.
 */
record RemoteHost(String mta, InetSocketAddress address) {
    @Override
    public String toString() {
        return mta + " (" + address.getAddress().getHostAddress() + " port " + address.getPort() + ")";
    }
}
