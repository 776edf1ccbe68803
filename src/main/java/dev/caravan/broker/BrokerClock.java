package dev.caravan.broker;

import dev.caravan.queue.ClockWatch;
import jakarta.jms.Message;
import java.time.Duration;
import java.time.Instant;
import org.apache.activemq.command.ActiveMQMessage;

/**
 * Compares our clock with the broker's, which stamps each message that it dispatches. Servers that share a broker agree
 * about ages that way, though one of their clocks may be wrong. A broker in this process has our clock, and one that
 * does not stamp messages, such as Artemis, is not compared with.
 *
 * @param isElsewhere whether the broker is another process.
 */
public record BrokerClock(ClockWatch watch, boolean isElsewhere) {
    /** The longest time between the dispatch of a message and the end of its attempt. */
    private static final Duration LONGEST_ATTEMPT = ClockWatch.LONG;

    /** The time by the broker's clock, if that differs from ours. For a message that the broker has just dispatched. */
    Instant now(Message handedOut) {
        Instant ours = watch.clock().instant();
        Instant theirs = Instant.ofEpochMilli(stamp(handedOut));
        boolean isOff = Duration.between(theirs, ours).abs().compareTo(ClockWatch.TOLERANCE) > 0;
        return isElsewhere && stamp(handedOut) > 0 && isOff ? theirs : ours;
    }

    /** A reading of our clock, which is not trusted while it is far ahead of the broker's. */
    public ClockWatch.Reading look(Message handedOut) {
        ClockWatch.Reading reading = watch.look();
        Instant latest = Instant.ofEpochMilli(stamp(handedOut)).plus(LONGEST_ATTEMPT);
        boolean isAhead = isElsewhere && stamp(handedOut) > 0 && reading.now().isAfter(latest);
        return isAhead ? ClockWatch.Reading.doubted(reading.now()) : reading;
    }

    private static long stamp(Message message) {
        return message instanceof ActiveMQMessage received ? received.getBrokerOutTime() : 0;
    }
}
