package dev.caravan.dns;

import java.net.InetAddress;
import java.util.List;

/** The addresses of a host, as far as the DNS says. */
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
     * @param said what the DNS said, for people; printable ASCII.
     */
    record NoSuchHost(String said) implements AddressAnswer {
        /** There is no such name. */
        public static final NoSuchHost NO_NAME = new NoSuchHost("no such name");
        /** The name is there, but has no address. */
        public static final NoSuchHost NO_ADDRESS = new NoSuchHost("no A or AAAA record");
    }

    /**
     * We do not know: no answer, a refusal, or one that makes no sense.
     *
     * @param reason for people; printable ASCII.
     */
    record TemporaryFailure(String reason) implements AddressAnswer {}
}
