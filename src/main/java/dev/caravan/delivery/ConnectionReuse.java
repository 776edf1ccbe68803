package dev.caravan.delivery;

import java.time.Duration;

/**
 * How connections are kept for the next message to the same host: the same name, address, port and TLS policy.
 *
 * @param idle how long an unused connection is kept; default 2 s.
 * @param messagesPerConnection the number of messages after which a connection is closed; 1 means no reuse; default 100.
 * @param idlePerDestination the most connections kept for one address and port, whatever its names; default 32.
 * @param idleInAll the most connections kept for all addresses together; default 1000.
 */
public record ConnectionReuse(Duration idle, int messagesPerConnection, int idlePerDestination, int idleInAll) {
    private static final int MOST = 1000;

    /** The defaults. */
    public static final ConnectionReuse DEFAULT = new ConnectionReuse(Duration.ofSeconds(2), 100, 32, MOST);
    /** One message per connection. */
    public static final ConnectionReuse NONE = new ConnectionReuse(Duration.ofSeconds(2), 1, 1, MOST);

    /** @throws IllegalArgumentException if one is not positive. */
    public ConnectionReuse {
        if (idle.isNegative()
                || idle.isZero()
                || messagesPerConnection < 1
                || idlePerDestination < 1
                || idleInAll < 1) {
            throw new IllegalArgumentException("idle time or number not positive");
        }
    }

    /** The same with another number for all addresses. */
    public ConnectionReuse withIdleInAll(int number) {
        return new ConnectionReuse(idle, messagesPerConnection, idlePerDestination, number);
    }
}
