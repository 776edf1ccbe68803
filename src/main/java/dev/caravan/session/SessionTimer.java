package dev.caravan.session;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Enforces the time limits of one session, both on the client and on the route. One scheduled task per connection
 * checks the recorded times and reschedules itself, so that a command costs only a clock reading. Confined to the event
 * loop.
 */
final class SessionTimer implements Runnable {
    private final EventLoop loop;
    private final Ticker ticker;
    private final SessionLimits.Times times;
    private final Consumer<String> whenLate;
    private final long shortest;
    private Optional<Future<?>> task = Optional.empty();
    private long heardAt;
    private boolean withinCommand;
    private long commandSince;
    private boolean withinContent;
    private long contentSince;
    private long contentOctets;
    private boolean clientWaits;
    private long clientWaitsSince;
    private boolean asking;
    private long askingSince;
    private boolean leaving;
    private long leavingSince;

    /**
     * Creates a timer that is not started.
     *
     * @param whenLate gets the reason each time a check finds a limit exceeded.
     */
    SessionTimer(EventLoop loop, SessionLimits.Times times, Consumer<String> whenLate) {
        this.loop = loop;
        this.ticker = loop.ticker();
        this.times = times;
        this.whenLate = whenLate;
        // A limit that starts between two checks cannot expire before the second of them.
        this.shortest = Math.min(
                times.idle().toNanos(),
                Math.min(
                        times.answer().toNanos(),
                        Math.min(times.command().toNanos(), times.content().toNanos())));
    }

    void start() {
        heardAt = ticker.nanoTime();
        schedule(shortest);
    }

    void stop() {
        task.ifPresent(scheduled -> scheduled.cancel(false));
        task = Optional.empty();
    }

    /** The client sent octets, or the server begins to wait for it again. */
    void heard(boolean partOfCommand) {
        heardAt = ticker.nanoTime();
        if (partOfCommand && !withinCommand) {
            commandSince = heardAt;
        }
        withinCommand = partOfCommand;
    }

    void commandEnded() {
        withinCommand = false;
    }

    void contentBegun() {
        withinContent = true;
        contentSince = ticker.nanoTime();
        contentOctets = 0;
    }

    void contentCame(int octets) {
        contentOctets += octets;
    }

    void contentEnded() {
        withinContent = false;
    }

    /** The client begins to wait for the server, or no longer waits. */
    void clientWaiting(boolean now) {
        if (now == clientWaits) {
            return;
        }
        clientWaits = now;
        long at = ticker.nanoTime();
        if (now) {
            clientWaitsSince = at;
        } else {
            contentSince += at - clientWaitsSince;
            commandSince += at - clientWaitsSince;
            heardAt = at;
        }
    }

    /** Whether the client has been waiting for the server for longer than {@code time}. */
    boolean hasWaitedFor(Duration time) {
        return clientWaits && left(time, clientWaitsSince, ticker.nanoTime()) < 0;
    }

    /** A question to the route is open. */
    void asked() {
        asking = true;
        askingSince = ticker.nanoTime();
    }

    void answered() {
        asking = false;
    }

    /** The server has sent its last reply. */
    void leaving() {
        leaving = true;
        leavingSince = ticker.nanoTime();
        stop();
        schedule(times.farewell().toNanos());
    }

    @Override
    public void run() {
        long now = ticker.nanoTime();
        Limit limit = nearest(now);
        if (limit.left() <= 0) {
            whenLate.accept(limit.reason());
        } else {
            schedule(Math.min(limit.left(), shortest));
        }
    }

    private record Limit(long left, String reason) {
        Limit or(Limit other) {
            return other.left < left ? other : this;
        }
    }

    private Limit nearest(long now) {
        if (leaving) {
            return new Limit(left(times.farewell(), leavingSince, now), "connection kept open");
        }
        if (asking) {
            return new Limit(left(times.answer(), askingSince, now), "no answer for " + seconds(times.answer()));
        }
        if (clientWaits) {
            return new Limit(shortest, "");
        }
        Limit limit = new Limit(left(times.idle(), heardAt, now), "no input for " + seconds(times.idle()));
        if (withinCommand) {
            limit = limit.or(new Limit(
                    left(times.command(), commandSince, now), "command not ended in " + seconds(times.command())));
        }
        if (withinContent) {
            long earned = TimeUnit.SECONDS.toNanos(contentOctets / times.slowestRate());
            limit = limit.or(new Limit(
                    left(times.content(), contentSince, now) + earned,
                    "content slower than " + times.slowestRate() + " octets per second"));
        }
        return limit;
    }

    private static long left(Duration limit, long since, long now) {
        return limit.toNanos() - (now - since);
    }

    private static String seconds(Duration time) {
        return time.toSeconds() + " s";
    }

    private void schedule(long nanos) {
        task = Optional.of(loop.schedule(this, nanos, TimeUnit.NANOSECONDS));
    }
}
