package dev.caravan.delivery;

/**
 * How mail leaves by SMTP.
 *
 * @param own who we are.
 * @param port of all hosts found by MX; 1 to 65535, default 25.
 * @param maxAddresses how many addresses a session is held with in one attempt; default 10. Those that cannot be reached
 *     do not count, up to {@link HostRanking#MAX_TARGETS}.
 * @param turns how many deliveries by MX there are at once; those to relay hosts are not limited.
 * @throws IllegalArgumentException if a number is out of range.
 */
public record SmtpDeliverySettings(OwnAddresses own, int port, int maxAddresses, ConcurrencyLimits turns) {
    /** The port of SMTP. */
    public static final int SMTP_PORT = 25;
    /** How many addresses a session is held with by default. */
    public static final int MAX_ADDRESSES = 10;

    public SmtpDeliverySettings {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " (expected: 1 to 65535)");
        }
        if (maxAddresses < 1) {
            throw new IllegalArgumentException("addresses " + maxAddresses + " (expected: >= 1)");
        }
    }
}
