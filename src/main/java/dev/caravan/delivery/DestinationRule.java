package dev.caravan.delivery;

import dev.caravan.net.TlsPolicy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an operator's table says about a destination; {@code docs/settings.md} says how it is written.
 *
 * @param connections the most connections at once; at least 1.
 * @param messagesPerConnection after how many messages a connection is closed; at least 1.
 * @param perMinute the most messages a minute; at least 1.
 * @param isOfDomain whether the numbers are for one recipient domain; if not, for all domains with the same hosts
 *     together.
 * @param tls what connections require; empty for the default.
 */
public record DestinationRule(
        OptionalInt connections,
        OptionalInt messagesPerConnection,
        OptionalInt perMinute,
        boolean isOfDomain,
        Optional<TlsPolicy> tls) {
    /** The table says nothing. */
    public static final DestinationRule NONE =
            new DestinationRule(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), false);

    /** Limits alone. */
    public DestinationRule(
            OptionalInt connections, OptionalInt messagesPerConnection, OptionalInt perMinute, boolean isOfDomain) {
        this(connections, messagesPerConnection, perMinute, isOfDomain, Optional.empty());
    }

    /** The rules of a table. Thread-safe; never blocks. */
    @FunctionalInterface
    public interface Table {
        /** A table that says nothing. */
        Table EMPTY = (domain, hosts) -> NONE;

        /**
         * The rule for a destination.
         *
         * @param domain the recipient domain in lower case; the host for relay hosts.
         * @param hosts the names of the mail hosts in lower case; empty while they are not known.
         */
        DestinationRule of(String domain, List<String> hosts);
    }
}
