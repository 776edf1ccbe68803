package dev.caravan.delivery;

import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/**
 * The name and addresses of this server, so that it never sends mail to itself (RFC 5321 §5.1).
 *
 * @param hostname the name of this server.
 * @param listeners the addresses of the SMTP listeners; an unspecified address means all of this machine.
 */
public record OwnAddresses(Domain hostname, List<InetSocketAddress> listeners) {
    public OwnAddresses {
        listeners = List.copyOf(listeners);
    }

    /** The same without the name, because a smart host may be another server of the same name, at another port. */
    OwnAddresses nameless() {
        // No host has this name (RFC 6761 §6.4).
        return new OwnAddresses(new Domain("invalid"), listeners);
    }

    boolean isOurName(String name) {
        return hostname.text().equalsIgnoreCase(name);
    }

    boolean isOurs(InetSocketAddress address) {
        for (InetSocketAddress listener : listeners) {
            boolean isAny =
                    listener.getAddress() != null && listener.getAddress().isAnyLocalAddress();
            if (listener.getPort() == address.getPort()
                    && (listener.equals(address) || (isAny && isOfThisMachine(address.getAddress())))) {
                return true;
            }
        }
        return false;
    }

    /** Whether an address is one of this machine's, the loopback addresses included. */
    public static boolean isOfThisMachine(InetAddress address) {
        try {
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            // If the addresses are unknown, do not refuse; the hop count ends a loop.
            return false;
        }
    }
}
