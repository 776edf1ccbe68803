package dev.caravan.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Decides which files of the spool belong to no message. Pure. */
public final class SpoolOrphans {
    /** How long a file is kept after its last change: longer than any message is outside the queues. */
    public static final Duration GRACE = Duration.ofHours(1);

    private SpoolOrphans() {}

    /**
     * A file of the spool folder.
     *
     * @param name its name.
     * @param changedAt when its content or its links last changed.
     */
    public record SpoolFile(String name, Instant changedAt) {}

    /**
     * The items found by two complete scans of all queues.
     *
     * @param began when the first scan began.
     * @param first the items of the first scan.
     * @param second the items of the second scan, which began after the first had ended.
     */
    public record Scans(Instant began, Set<ItemId> first, Set<ItemId> second) {
        public Scans {
            first = Set.copyOf(first);
            second = Set.copyOf(second);
        }
    }

    /**
     * The names of the files that may be removed: listed before the first scan, unchanged for an hour when it began, and
     * named by neither scan. Files whose names have another form stay.
     *
     * @param listed the folder before the first scan began.
     */
    public static List<String> orphans(List<SpoolFile> listed, Scans scans) {
        Instant newest = scans.began().minus(GRACE);
        List<String> orphans = new ArrayList<>();
        for (SpoolFile file : listed) {
            if (!file.changedAt().isAfter(newest) && isUnnamed(file.name(), scans)) {
                orphans.add(file.name());
            }
        }
        return orphans;
    }

    private static boolean isUnnamed(String name, Scans scans) {
        if (name.startsWith(Spool.TEMPORARY)) {
            return true;
        }
        try {
            ItemId id = ItemId.parse(name);
            return !scans.first().contains(id) && !scans.second().contains(id);
        } catch (IllegalArgumentException e) {
            // Another program's file.
            return false;
        }
    }
}
