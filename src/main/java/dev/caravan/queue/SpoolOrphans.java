package dev.caravan.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which files of the spool belong to nobody: the rule, without a disk. */
public final class SpoolOrphans {
    /** How long a file is left alone after its content or names changed: longer than any mail is in nobody's queue. */
    public static final Duration GRACE = Duration.ofHours(1);

    private SpoolOrphans() {}

    /**
     * A file as the folder listed it.
     *
     * @param name its name.
     * @param changedAt when its content or its names last changed.
     */
    public record SpoolFile(String name, Instant changedAt) {}

    /**
     * What two complete walks of all queues named, held mail and dead letters included.
     *
     * @param began when the first walk began.
     * @param first the items of the first walk.
     * @param second the items of the second walk, which began after the first had ended.
     */
    public record Walks(Instant began, Set<ItemId> first, Set<ItemId> second) {
        public Walks {
            first = Set.copyOf(first);
            second = Set.copyOf(second);
        }
    }

    /**
     * The names of the files that may be removed: listed before the first walk, unchanged for an hour when it began,
     * and named by neither walk. Files that are not ours stay.
     *
     * @param listed the folder as it was before the first walk began; a file that came later is not looked at.
     */
    public static List<String> orphans(List<SpoolFile> listed, Walks walks) {
        Instant newest = walks.began().minus(GRACE);
        List<String> orphans = new ArrayList<>();
        for (SpoolFile file : listed) {
            if (!file.changedAt().isAfter(newest) && isUnnamed(file.name(), walks)) {
                orphans.add(file.name());
            }
        }
        return orphans;
    }

    private static boolean isUnnamed(String name, Walks walks) {
        if (name.startsWith(Spool.TEMPORARY)) {
            return true;
        }
        try {
            ItemId id = ItemId.parse(name);
            return !walks.first().contains(id) && !walks.second().contains(id);
        } catch (IllegalArgumentException e) {
            // Not a name that we give: somebody else's file.
            return false;
        }
    }
}
