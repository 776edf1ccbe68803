package dev.caravan.delivery;

import java.time.Duration;
import java.util.stream.Stream;

/**
 * How long the client waits for a peer (RFC 5321 §4.5.3.2). Each is greater than zero.
 *
 * @param connect for the connection; default 30 s, because other hosts may have to be tried too.
 * @param greeting for the greeting, and for the reply to EHLO or HELO; default 5 min.
 * @param mail for the reply to MAIL or RSET; default 5 min.
 * @param rcpt for the reply to each RCPT; default 5 min.
 * @param data for the reply to DATA; default 2 min.
 * @param block for the peer to accept a block of content; default 3 min.
 * @param end for the reply to the final dot; default 10 min.
 * @param conversation for one message with one host, so that a slow peer cannot hold a connection for days; default 2
 *     h.
 */
public record DeliveryTimeouts(
        Duration connect,
        Duration greeting,
        Duration mail,
        Duration rcpt,
        Duration data,
        Duration block,
        Duration end,
        Duration conversation) {
    /** The defaults. */
    public static final DeliveryTimeouts DEFAULT = new DeliveryTimeouts(
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(2),
            Duration.ofMinutes(3),
            Duration.ofMinutes(10),
            Duration.ofHours(2));

    /** @throws IllegalArgumentException if one is not positive. */
    public DeliveryTimeouts {
        if (Stream.of(connect, greeting, mail, rcpt, data, block, end, conversation)
                .anyMatch(time -> time.isNegative() || time.isZero())) {
            throw new IllegalArgumentException("timeout not positive");
        }
    }

    /**
     * The defaults, except for these three.
     *
     * @param reply for each reply but the last; less than a default where that is shorter.
     */
    public static DeliveryTimeouts of(Duration connect, Duration reply, Duration end) {
        return new DeliveryTimeouts(
                connect,
                reply,
                reply,
                reply,
                shorter(reply, DEFAULT.data),
                shorter(reply, DEFAULT.block),
                end,
                DEFAULT.conversation);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** The same time for all. */
    public static DeliveryTimeouts all(Duration time) {
        return new DeliveryTimeouts(time, time, time, time, time, time, time, time);
    }

    /** The shortest of them. */
    Duration shortest() {
        return Stream.of(connect, greeting, mail, rcpt, data, block, end, conversation)
                .min(Duration::compareTo)
                .orElseThrow();
    }
}
