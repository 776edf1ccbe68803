package dev.caravan.store;

import dev.caravan.broker.BrokerSettings;
import dev.caravan.config.Settings;
import java.io.File;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when the disk or the broker's store is nearly full, so that new mail is refused while deliveries and retries
 * still have the space that they need. A disk is full when both its share and its octets of free space are small, so
 * that a large disk that is mostly used by others does not stop mail; the broker's store has a limit of its own, of
 * which only the share matters. The disks are examined at most once a second. Thread-safe.
 */
public final class FreeSpaceGuard {
    private static final Logger LOG = LoggerFactory.getLogger(FreeSpaceGuard.class);
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * When there is too little space.
     *
     * @param mostPercent the used share above which mail is refused; 1 to 100.
     * @param leastFree octets of free disk space below which mail is refused, if the used share is exceeded too.
     */
    public record Limits(int mostPercent, long leastFree) {}

    private final Set<Path> folders;
    private final Limits limits;
    private final IntSupplier storePercent;
    private final AtomicLong checkedAt = new AtomicLong(System.nanoTime() - 2 * CHECK_NANOS);
    private final AtomicBoolean full = new AtomicBoolean();
    private volatile boolean disksFull;

    /**
     * @param folders whose disks are examined; each must exist.
     * @param storePercent how much of the broker's own limit is used, in percent; 0 where that is not known.
     */
    public FreeSpaceGuard(Set<Path> folders, Limits limits, IntSupplier storePercent) {
        this.folders = Set.copyOf(folders);
        this.limits = limits;
        this.storePercent = storePercent;
    }

    /**
     * Guards the disks of a server.
     *
     * @param data the folder of the store; it must exist, as must the spool.
     * @param storePercent how much of the broker's own limit is used, in percent; 0 where that is not known.
     */
    public static FreeSpaceGuard of(Settings settings, Path data, IntSupplier storePercent) {
        return new FreeSpaceGuard(
                Set.of(data, data.resolve(settings.get(MessageSettings.SPOOL))),
                new Limits(settings.get(BrokerSettings.MAX_DISK_USE), settings.get(BrokerSettings.MIN_DISK_FREE)),
                storePercent);
    }

    /** Whether a disk or the store is too full to accept mail. */
    public boolean isFull() {
        checkDisks();
        // Examined for each message: a small store fills up between two checks of the disks.
        boolean now = disksFull || storePercent.getAsInt() > limits.mostPercent();
        if (full.getAndSet(now) != now) {
            LOG.warn(
                    now
                            ? "mail is refused with 452: the disk or the store is more than {} % full"
                            : "mail is accepted again: the disk and the store are at most {} % full",
                    limits.mostPercent());
        }
        return now;
    }

    /** Octets that may still be written to the fullest of the disks; 0 if none can be examined. */
    public long freeOctets() {
        return folders.stream()
                .map(Path::toFile)
                .filter(folder -> folder.getTotalSpace() > 0)
                .mapToLong(File::getUsableSpace)
                .min()
                .orElse(0);
    }

    private void checkDisks() {
        long last = checkedAt.get();
        long now = System.nanoTime();
        if (now - last >= CHECK_NANOS && checkedAt.compareAndSet(last, now)) {
            disksFull = folders.stream().anyMatch(this::isDiskFull);
        }
    }

    private boolean isDiskFull(Path path) {
        // By File and not by FileStore, which looks for the mount point; a chroot need not have one.
        File folder = path.toFile();
        long total = folder.getTotalSpace();
        if (total == 0) {
            LOG.warn("cannot read the free space of the disk of {}", path);
            return false;
        }
        return isFull(total, folder.getUsableSpace(), limits);
    }

    /** Whether a disk has too little space; all in octets. */
    public static boolean isFull(long total, long free, Limits limits) {
        double usedPercent = total <= 0 ? 0 : 100.0 * (total - free) / total;
        return usedPercent > limits.mostPercent() && free < limits.leastFree();
    }
}
