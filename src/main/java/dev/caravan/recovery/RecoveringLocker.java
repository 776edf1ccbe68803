package dev.caravan.recovery;

import java.io.IOException;
import org.apache.activemq.broker.LockableServiceSupport;
import org.apache.activemq.broker.Locker;
import org.apache.activemq.store.PersistenceAdapter;

/** A store's lock that has a step run once it is ours, before anything of the store is read. */
public final class RecoveringLocker implements Locker {
    private final Locker lock;
    private final Step step;

    /** What is done while nobody else has the store. */
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
