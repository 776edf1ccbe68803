package dev.caravan.delivery;

/**
 * Settings of delivery by SMTP.
 *
 * @param own the name and addresses of this server.
 * @param port of all hosts found by MX; 1 to 65535, default 25.
 * @param maxAddresses the number of addresses that one attempt has a session with; default 10. Unreachable ones are not
 *     counted, up to {@link HostRanking#MAX_TARGETS}.
 * @param concurrency limits of concurrent deliveries by MX; those to relay hosts are not limited.
 */
public record SmtpDeliverySettings(OwnAddresses own, int port, int maxAddresses, ConcurrencyLimits concurrency) {
    /** The port of SMTP. */
    public static final int SMTP_PORT = 25;
    /** The default of {@code maxAddresses}. */
    public static final int MAX_ADDRESSES = 10;

    /** @throws IllegalArgumentException if a number is out of range. */
    public SmtpDeliverySettings {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " (expected: 1 to 65535)");
        }
        if (maxAddresses < 1) {
            throw new IllegalArgumentException("addresses " + maxAddresses + " (expected: >= 1)");
        }
    }
}
