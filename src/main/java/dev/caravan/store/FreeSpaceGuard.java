package dev.caravan.store;

import dev.caravan.exchange.MailExchange;
import dev.caravan.smtp.Reply;
import java.io.File;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses mail with 452 before the disk or the broker's store is full: deliveries and retries need the room that is
 * left. The disk counts as full when little of it is left by share and by octets, so that a large disk that is mostly
 * used by others goes on working; the store has a limit of its own and counts by share alone. Looks at most once a
 * second.
 */
public final class FreeSpaceGuard implements Processor {
    private static final Logger LOG = LoggerFactory.getLogger(FreeSpaceGuard.class);
    private static final Reply NO_ROOM = Reply.of(452, "4.3.1", "no room to keep mail now, try again later");
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * When there is too little room.
     *
     * @param mostPercent above which mail is refused; 1 to 100.
     * @param leastFree octets of the disk below which mail is refused, if the percentage is passed too.
     */
    public record Limits(int mostPercent, long leastFree) {}

    private final Set<Path> folders;
    private final Limits limits;
    private final IntSupplier storePercent;
    private final AtomicLong lookedAt = new AtomicLong(System.nanoTime() - 2 * LOOK_NANOS);
    private final AtomicBoolean full = new AtomicBoolean();
    private volatile boolean disksFull;

    /**
     * @param folders whose disks count; each must exist.
     * @param storePercent how much of the broker's own limit is used; 0 where that is not known.
     */
    public FreeSpaceGuard(Set<Path> folders, Limits limits, IntSupplier storePercent) {
        this.folders = Set.copyOf(folders);
        this.limits = limits;
        this.storePercent = storePercent;
    }

    @Override
    public void process(Exchange exchange) {
        if (isFull()) {
            MailExchange.of(exchange).reply(NO_ROOM);
        }
    }

    public boolean isFull() {
        lookAtDisks();
        // Asked for each mail: a small store fills up within the time between two looks at the disks.
        boolean now = disksFull || storePercent.getAsInt() > limits.mostPercent();
        if (full.getAndSet(now) != now) {
            LOG.warn(
                    now
                            ? "mail is refused with 452: the disk or the store is more than {} % full"
                            : "mail is taken again: the disk and the store are at most {} % full",
                    limits.mostPercent());
        }
        return now;
    }

    /** Octets that may still be written to the fullest of the disks; 0 if none can be looked at. */
    public long freeOctets() {
        return folders.stream()
                .map(Path::toFile)
                .filter(folder -> folder.getTotalSpace() > 0)
                .mapToLong(File::getUsableSpace)
                .min()
                .orElse(0);
    }

    private void lookAtDisks() {
        long last = lookedAt.get();
        long now = System.nanoTime();
        if (now - last >= LOOK_NANOS && lookedAt.compareAndSet(last, now)) {
            disksFull = folders.stream().anyMatch(this::isDiskFull);
        }
    }

    private boolean isDiskFull(Path path) {
        // Asked by file and not by file store: that one looks for the mount point, which a chroot need not have.
        File folder = path.toFile();
        long total = folder.getTotalSpace();
        if (total == 0) {
            LOG.warn("the disk of {} cannot be looked at", path);
            return false;
        }
        return isFull(total, folder.getUsableSpace(), limits);
    }

    /** Whether a disk has too little room; all in octets. */
    public static boolean isFull(long total, long free, Limits limits) {
        double usedPercent = total <= 0 ? 0 : 100.0 * (total - free) / total;
        return usedPercent > limits.mostPercent() && free < limits.leastFree();
    }
}
