package dev.caravan.recovery;

import java.io.IOException;
import org.apache.activemq.broker.LockableServiceSupport;
import org.apache.activemq.broker.Locker;
import org.apache.activemq.store.PersistenceAdapter;

/** A lock of the store that runs a step after acquiring the lock and before the broker reads the store. */
public final class RecoveringLocker implements Locker {
    private final Locker lock;
    private final Step step;

    /** Runs while this process holds the lock. */
    public interface Step {
        void run() throws IOException;
    }

    public RecoveringLocker(Locker lock, Step step) {
        this.lock = lock;
        this.step = step;
    }

    @Override
    public void start() throws Exception {
        lock.start();
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            lock.stop();
            throw e;
        }
    }

    @Override
    public void stop() throws Exception {
        lock.stop();
    }

    @Override
    public boolean keepAlive() throws IOException {
        return lock.keepAlive();
    }

    @Override
    public void setLockAcquireSleepInterval(long millis) {
        lock.setLockAcquireSleepInterval(millis);
    }

    @Override
    public void setName(String name) {
        lock.setName(name);
    }

    @Override
    public void setFailIfLocked(boolean fails) {
        lock.setFailIfLocked(fails);
    }

    @Override
    public void setLockable(LockableServiceSupport lockable) {
        lock.setLockable(lockable);
    }

    @Override
    public void configure(PersistenceAdapter store) throws IOException {
        lock.configure(store);
    }
}
