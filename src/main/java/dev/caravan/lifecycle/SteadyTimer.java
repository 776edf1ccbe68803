package dev.caravan.lifecycle;

import java.time.Clock;
import java.util.Date;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Timer} that measures delays and periods by monotonic time. The JDK's own timer waits for a time of day: after
 * the clock was set back by an hour it stands still for an hour. One thread runs the tasks. A task that throws is logged
 * and runs again.
 */
// The times of day of a Timer are Dates.
@SuppressWarnings("JavaUtilDate")
public final class SteadyTimer extends Timer {
    private static final Logger LOG = LoggerFactory.getLogger(SteadyTimer.class);
    /** How often a task that waits for a time of day looks at the clock. */
    private static final long LOOK_MILLIS = 1000;

    private final Clock clock;
    private final ScheduledThreadPoolExecutor executor;

    /**
     * A timer without a task.
     *
     * @param name of its thread.
     * @param clock for tasks that begin at a time of day.
     */
    public SteadyTimer(String name, boolean isDaemon, Clock clock) {
        super(name, true);
        // The thread of the JDK's timer has nothing to do and ends.
        super.cancel();
        this.clock = clock;
        this.executor = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread thread = new Thread(runnable, name);
            thread.setDaemon(isDaemon);
            return thread;
        });
        executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void schedule(TimerTask task, long delay) {
        executor.schedule(guarded(task), delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, long delay, long period) {
        executor.scheduleWithFixedDelay(guarded(task), delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void scheduleAtFixedRate(TimerTask task, long delay, long period) {
        executor.scheduleAtFixedRate(guarded(task), delay, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public void schedule(TimerTask task, Date time) {
        await(time, guarded(task));
    }

    @Override
    public void schedule(TimerTask task, Date firstTime, long period) {
        await(firstTime, () -> executor.scheduleWithFixedDelay(guarded(task), 0, period, TimeUnit.MILLISECONDS));
    }

    /** A first time that has passed runs the task once at once, and then at the times that follow from the first. */
    @Override
    public void scheduleAtFixedRate(TimerTask task, Date firstTime, long period) {
        await(firstTime, () -> {
            long late = clock.millis() - firstTime.getTime();
            executor.execute(guarded(task));
            executor.scheduleAtFixedRate(guarded(task), period - late % period, period, TimeUnit.MILLISECONDS);
        });
    }

    /** Begins when the clock shows that time, also if the clock is set. */
    private void await(Date time, Runnable begin) {
        long left = time.getTime() - clock.millis();
        if (left <= 0) {
            executor.execute(begin);
        } else {
            executor.schedule(() -> await(time, begin), Math.min(left, LOOK_MILLIS), TimeUnit.MILLISECONDS);
        }
    }

    private static Runnable guarded(TimerTask task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("a timer's task failed; it runs again", e);
            }
        };
    }

    /** No task begins from now on; one that runs is not interrupted, because it may be in the middle of a commit. */
    @Override
    public void cancel() {
        executor.shutdown();
    }

    @Override
    public int purge() {
        return 0;
    }
}
