package dev.caravan.camel;

import dev.caravan.lifecycle.SteadyTimer;
import java.time.Clock;
import java.util.Map;
import java.util.Timer;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.timer.TimerComponent;
import org.apache.camel.component.timer.TimerConsumer;

/**
 * Camel's {@code timer:} with all its options, on monotonic time: a change of the system clock neither stops a route
 * nor makes it run more often. Each route has a thread of its own. A route with {@code time} begins at that time of the
 * clock.
 */
public final class SteadyTimerComponent extends TimerComponent {
    private final Clock clock;
    private final Map<TimerConsumer, SteadyTimer> timers = new ConcurrentHashMap<>();

    /** @param clock for routes that begin at a certain time. */
    public SteadyTimerComponent(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Timer getTimer(TimerConsumer consumer) {
        return timers.computeIfAbsent(consumer, key -> {
            String name = key.getEndpoint()
                    .getCamelContext()
                    .getExecutorServiceManager()
                    .resolveThreadName("timer://" + key.getTimerName());
            return new SteadyTimer(name, key.getEndpoint().isDaemon(), clock);
        });
    }

    @Override
    public void removeTimer(TimerConsumer consumer) {
        SteadyTimer timer = timers.remove(consumer);
        if (timer != null) {
            timer.cancel();
        }
    }

    @Override
    protected void doStop() throws Exception {
        timers.values().forEach(SteadyTimer::cancel);
        timers.clear();
        super.doStop();
    }
}
