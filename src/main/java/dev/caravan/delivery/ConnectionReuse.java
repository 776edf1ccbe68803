package dev.caravan.delivery;

import java.time.Duration;

/**
 * How connections are kept for the next message to the same host: the same name, address, port and TLS policy.
 *
 * @param idle how long a connection is kept without a mail; default 2 s.
 * @param mailsPerConnection after so many mails it is closed; 1 means no reuse; default 100.
 * @param idlePerDestination how many are kept for one address and port, whatever names it has; default 32.
 * @param idleInAll how many are kept for all addresses together; default 1000.
 */
public record ConnectionReuse(Duration idle, int mailsPerConnection, int idlePerDestination, int idleInAll) {
    private static final int MOST = 1000;

    /** The defaults. */
    public static final ConnectionReuse DEFAULT = new ConnectionReuse(Duration.ofSeconds(2), 100, 32, MOST);
    /** One mail per connection. */
    public static final ConnectionReuse NONE = new ConnectionReuse(Duration.ofSeconds(2), 1, 1, MOST);

    /** @throws IllegalArgumentException if one is not positive. */
    public ConnectionReuse {
        if (idle.isNegative() || idle.isZero() || mailsPerConnection < 1 || idlePerDestination < 1 || idleInAll < 1) {
            throw new IllegalArgumentException("idle time or number not positive");
        }
    }

    /** The same with another number in all. */
    public ConnectionReuse withIdleInAll(int number) {
        return new ConnectionReuse(idle, mailsPerConnection, idlePerDestination, number);
    }
}
