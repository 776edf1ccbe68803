package dev.caravan.dns;

import java.net.InetAddress;
import java.util.List;

/** What the DNS answered about the addresses of a host. */
public sealed interface AddressAnswer {
    /**
     * The host has addresses.
     *
     * @param addresses at least one, of either family.
     */
    record Addresses(List<InetAddress> addresses) implements AddressAnswer {
        /** @throws IllegalArgumentException if there is none. */
        public Addresses {
            addresses = List.copyOf(addresses);
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("no address (expected: >= 1)");
            }
        }
    }

    /**
     * The name does not exist, or has no address.
     *
     * @param said the DNS's answer, for people; printable ASCII.
     */
    record NoSuchHost(String said) implements AddressAnswer {
        /** The name does not exist. */
        public static final NoSuchHost NO_NAME = new NoSuchHost("no such name");
        /** The name exists, but has no address. */
        public static final NoSuchHost NO_ADDRESS = new NoSuchHost("no A or AAAA record");
    }

    /**
     * Unknown: no answer, a refusal, or an invalid answer.
     *
     * @param reason for people; printable ASCII.
     */
    record TemporaryFailure(String reason) implements AddressAnswer {}
}
