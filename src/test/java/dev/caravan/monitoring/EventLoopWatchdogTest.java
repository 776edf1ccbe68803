package dev.caravan.monitoring;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EventLoopWatchdogTest {
    @Test
    void aLoopThatTakesNoStepForLongIsStuckUntilItDoes() throws Exception {
        AtomicLong now = new AtomicLong();
        CountDownLatch stuck = new CountDownLatch(1);
        DefaultEventExecutorGroup group = new DefaultEventExecutorGroup(2);
        try {
            EventLoopWatchdog watch = new EventLoopWatchdog(List.of(group), now::get);
            assertTrue(watch.allResponsive());
            group.next().execute(() -> await(stuck));
            Await.until("all steps are taken but one", () -> {
                boolean responsive = watch.allResponsive();
                now.addAndGet(Duration.ofSeconds(1).toNanos());
                return !responsive;
            });
            assertFalse(watch.allResponsive());
            stuck.countDown();
            Await.until("the loop responds again", watch::allResponsive);
        } finally {
            stuck.countDown();
            group.shutdownGracefully();
        }
    }

    @Test
    void aLoopThatHasEndedIsNotStuck() throws Exception {
        AtomicLong now = new AtomicLong();
        DefaultEventExecutorGroup group = new DefaultEventExecutorGroup(1);
        group.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS).await();
        EventLoopWatchdog watch = new EventLoopWatchdog(List.of(group), now::get);
        assertTrue(watch.allResponsive());
        now.addAndGet(EventLoopWatchdog.LONGEST.toNanos() * 2);
        assertTrue(watch.allResponsive());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
