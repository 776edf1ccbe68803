package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.ClockWatch;
import dev.caravan.testkit.MovingClock;
import java.time.Duration;
import java.time.Instant;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.junit.jupiter.api.Test;

class DueTimeTest {
    private static final Duration DELAY = Duration.ofMinutes(15);
    private static final Duration YEAR = Duration.ofDays(365);

    private final MovingClock clock = MovingClock.now();
    private final DueTime due = new DueTime(new BrokerClock(ClockWatch.steady(clock), false));

    private static ActiveMQBytesMessage queued(Instant at) throws Exception {
        ActiveMQBytesMessage message = new ActiveMQBytesMessage();
        message.setLongProperty(ItemProperties.QUEUED_AT, at.toEpochMilli());
        return message;
    }

    private boolean isDue(ActiveMQBytesMessage message) {
        return due.isDue(message, DELAY);
    }

    @Test
    void isDueAfterItsDelay() throws Exception {
        ActiveMQBytesMessage message = queued(clock.instant());
        clock.advance(DELAY.minusMillis(1));
        assertFalse(isDue(message));
        clock.advance(Duration.ofMillis(1));
        assertTrue(isDue(message));
    }

    @Test
    void isDueWhenItsItemSaysSoButNotLaterThanItsDelay() throws Exception {
        ActiveMQBytesMessage soon = queued(clock.instant());
        soon.setLongProperty(
                ItemProperties.NEXT_ATTEMPT_AT, clock.instant().plusSeconds(10).toEpochMilli());
        ActiveMQBytesMessage never = queued(clock.instant());
        never.setLongProperty(
                ItemProperties.NEXT_ATTEMPT_AT, clock.instant().plus(YEAR).toEpochMilli());
        clock.advance(Duration.ofSeconds(10));
        assertTrue(isDue(soon));
        assertFalse(isDue(never));
        clock.advance(DELAY);
        assertTrue(isDue(never));
    }

    /** Stamped by a server whose clock is a year ahead: tried after its delay, not at once at each look, not next year. */
    @Test
    void waitsForItsDelayAlthoughItComesFromTheFuture() throws Exception {
        ActiveMQBytesMessage first = queued(clock.instant().plus(YEAR));
        assertFalse(isDue(first));
        clock.advance(Duration.ofMinutes(5));
        due.nextLook();
        assertFalse(isDue(first));
        ActiveMQBytesMessage second = queued(clock.instant().plus(YEAR));
        clock.advance(Duration.ofMinutes(10));
        due.nextLook();
        assertTrue(isDue(first));
        assertFalse(isDue(second));
        clock.advance(Duration.ofMinutes(5));
        assertTrue(isDue(second));
    }

    /** All that were seen at once come after one delay, and not one after the other. */
    @Test
    void letsNothingFromTheFutureBlockTheQueue() throws Exception {
        Instant future = clock.instant().plus(YEAR);
        assertFalse(isDue(queued(future)));
        clock.advance(DELAY);
        for (int i = 0; i < 1000; i++) {
            assertTrue(isDue(queued(future.plusMillis(0))));
        }
    }

    @Test
    void keepsTheDueTimeWhereTheClockWasSetBack() throws Exception {
        Duration[] set = {Duration.ZERO};
        Instant start = clock.instant();
        ClockWatch watch = new ClockWatch(
                clock, now -> Duration.between(start, now).minus(set[0]).toNanos());
        DueTime corrected = new DueTime(new BrokerClock(watch, false));
        clock.advance(Duration.ofMinutes(30));
        ActiveMQBytesMessage message = queued(clock.instant());
        clock.advance(Duration.ofMinutes(5));
        set[0] = Duration.ofHours(-1);
        clock.advance(set[0]);
        watch.look();
        assertFalse(corrected.isDue(message, DELAY));
        clock.advance(Duration.ofMinutes(10).minusMillis(1));
        assertFalse(corrected.isDue(message, DELAY));
        clock.advance(Duration.ofMillis(1));
        assertTrue(corrected.isDue(message, DELAY));
    }

    /** Our clock is ahead of that of the broker and all other servers: their mail is not overdue. */
    @Test
    void goesByTheClockOfABrokerElsewhere() throws Exception {
        DueTime shared = new DueTime(new BrokerClock(ClockWatch.steady(clock), true));
        Instant brokerTime = clock.instant().minus(YEAR);
        ActiveMQBytesMessage message = queued(brokerTime);
        message.setBrokerOutTime(brokerTime.plus(Duration.ofMinutes(14)).toEpochMilli());
        assertFalse(shared.isDue(message, DELAY));
        message.setBrokerOutTime(brokerTime.plus(DELAY).toEpochMilli());
        assertTrue(shared.isDue(message, DELAY));
    }

    @Test
    void doubtsAClockFarAheadOfThatOfABrokerElsewhere() throws Exception {
        clock.advance(Duration.ofHours(3));
        BrokerClock shared = new BrokerClock(ClockWatch.steady(clock), true);
        clock.advance(Duration.ofHours(3));
        ActiveMQBytesMessage message = queued(clock.instant());
        message.setBrokerOutTime(clock.instant().minus(Duration.ofMinutes(59)).toEpochMilli());
        assertEquals(Duration.ofHours(3), shared.look(message).steadyFor());
        message.setBrokerOutTime(clock.instant().minus(Duration.ofMinutes(61)).toEpochMilli());
        assertEquals(Duration.ZERO, shared.look(message).steadyFor());
        message.setBrokerOutTime(0);
        assertEquals(Duration.ofHours(3), shared.look(message).steadyFor());
    }
}
