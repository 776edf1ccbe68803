package dev.caravan.delivery;

import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/**
 * Who we are, so that mail is never sent to ourselves (RFC 5321 §5.1).
 *
 * @param hostname what we call ourselves.
 * @param listeners where we listen for mail; an unspecified address means all of this machine's.
 */
public record OwnAddresses(Domain hostname, List<InetSocketAddress> listeners) {
    public OwnAddresses {
        listeners = List.copyOf(listeners);
    }

    /** The same without the name: a smart host may well be another server of our name, at another port. */
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
            // Not to know is no reason to refuse; a loop ends by its hop count.
            return false;
        }
    }
}
