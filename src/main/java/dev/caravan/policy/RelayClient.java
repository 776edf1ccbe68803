package dev.caravan.policy;

import dev.caravan.net.ListenerKind;
import java.net.InetAddress;

/**
 * The client that asks for relaying.
 *
 * @param address at the other end of the connection, never one that a header or HELO claims.
 * @param kind of the listener that it connected to; sessions at a listener for devices are of those that the operator
 *     named.
 * @param isAuthenticated whether it is a user.
 */
public record RelayClient(InetAddress address, ListenerKind kind, boolean isAuthenticated) {
    /** A client that connected as another mail server does. */
    public static RelayClient at(InetAddress address) {
        return new RelayClient(address, ListenerKind.SMTP, false);
    }
}
