package dev.caravan.session;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Watches that a client does not keep us waiting, nor the route a client. There is one scheduled task per connection, which looks at the times
 * noted here and schedules itself again, so that a command costs no more than a reading of the clock. Used on the event
 * loop only.
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
    private boolean ourTurn;
    private long ourTurnSince;
    private boolean asking;
    private long askingSince;
    private boolean leaving;
    private long leavingSince;

    /**
     * A timer that does not run yet.
     *
     * @param whenLate gets the reason, once for each time that the limit is found passed.
     */
    SessionTimer(EventLoop loop, SessionLimits.Times times, Consumer<String> whenLate) {
        this.loop = loop;
        this.ticker = loop.ticker();
        this.times = times;
        this.whenLate = whenLate;
        // A limit that begins to run between two looks cannot end before the second of them.
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

    /** Octets came, or it is the client's turn again. */
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

    /** The client waits for us, or no longer does. */
    void ourTurn(boolean now) {
        if (now == ourTurn) {
            return;
        }
        ourTurn = now;
        long at = ticker.nanoTime();
        if (now) {
            ourTurnSince = at;
        } else {
            contentSince += at - ourTurnSince;
            commandSince += at - ourTurnSince;
            heardAt = at;
        }
    }

    /** Whether the client waits for us, and has done so for longer than that. */
    boolean hasWaitedFor(Duration time) {
        return ourTurn && left(time, ourTurnSince, ticker.nanoTime()) < 0;
    }

    /** The route is asked. */
    void asked() {
        asking = true;
        askingSince = ticker.nanoTime();
    }

    void answered() {
        asking = false;
    }

    /** Our last reply is on its way. */
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
        if (ourTurn) {
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
