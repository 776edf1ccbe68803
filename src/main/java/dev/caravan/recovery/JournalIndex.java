package dev.caravan.recovery;

import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.recovery.JournalFolder.Stretch;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.activemq.store.kahadb.disk.index.BTreeIndex;
import org.apache.activemq.store.kahadb.disk.index.BTreeVisitor;
import org.apache.activemq.store.kahadb.disk.journal.Location;
import org.apache.activemq.store.kahadb.disk.page.PageFile;
import org.apache.activemq.store.kahadb.disk.page.Transaction;
import org.apache.activemq.store.kahadb.disk.util.LongMarshaller;
import org.apache.activemq.store.kahadb.disk.util.StringMarshaller;
import org.apache.activemq.store.kahadb.disk.util.VariableMarshaller;

/**
 * Reads from the index of a KahaDB store ({@code db.data}) which messages are in lost stretches of the journal, which
 * files the index needs, and where KahaDB resumes reading the journal at its next start. Works on a copy, because
 * KahaDB writes to any index that it opens.
 */
final class JournalIndex {
    /** The oldest version of the index that can be read. */
    private static final int OLDEST_VERSION = 7;
    /** The maximum number of lost messages that are named. */
    private static final int MOST_NAMED = 1000;

    private JournalIndex() {}

    /**
     * A message that is in the index but not in the journal.
     *
     * @param queue with the number of its destination type before a colon, as KahaDB writes it: 0 is a queue.
     * @param place the number of the file and the octet in it.
     */
    record Lost(String queue, String messageId, String place) {}

    /**
     * The content of the index, as far as recovery needs it.
     *
     * @param missing numbers of missing files that hold messages.
     * @param count the number of messages that are lost, in missing files or in stretches.
     * @param named the first of them.
     * @param resume where KahaDB resumes reading the journal.
     */
    record Found(Set<Integer> missing, long count, List<Lost> named, Optional<Place> resume) {}

    /** A place in the journal. */
    record Place(int number, long offset) {}

    /**
     * Reads an index.
     *
     * @param index the folder with {@code db.data}.
     * @param copy the folder for the copy; removed afterwards.
     * @param stretches the lost stretches.
     * @return empty if there is no index or it cannot be read.
     */
    static Optional<Found> read(Path index, Path copy, JournalFolder journal, List<Stretch> stretches) {
        if (!Files.exists(index.resolve("db.data"))) {
            return Optional.empty();
        }
        try {
            remove(copy);
            OwnerOnlyFolders.create(copy);
            try {
                for (String name : List.of("db.data", "db.redo")) {
                    if (Files.exists(index.resolve(name))) {
                        Files.copy(index.resolve(name), copy.resolve(name));
                    }
                }
                return Optional.of(read(copy, journal, stretches));
            } finally {
                remove(copy);
            }
        } catch (IOException | RuntimeException e) {
            org.slf4j.LoggerFactory.getLogger(JournalIndex.class)
                    .info("the index of the store cannot be read: {}", e.toString());
            return Optional.empty();
        }
    }

    private static void remove(Path copy) throws IOException {
        if (Files.exists(copy)) {
            OwnerOnlyFolders.remove(copy);
        }
    }

    private static Found read(Path folder, JournalFolder journal, List<Stretch> stretches) throws IOException {
        PageFile pages = new PageFile(folder.toFile(), "db");
        pages.setEnableDiskSyncs(false);
        pages.load();
        try {
            Transaction tx = pages.tx();
            Root root = tx.load(0, new RootReader()).get();
            if (root.version < OLDEST_VERSION) {
                throw new IOException("index of version " + root.version + " (expected: " + OLDEST_VERSION + ")");
            }
            BTreeIndex<String, Destination> destinations = new BTreeIndex<>(pages, root.destinations);
            destinations.setKeyMarshaller(StringMarshaller.INSTANCE);
            destinations.setValueMarshaller(new DestinationReader());
            destinations.load(tx);
            Search search = new Search(pages, tx, journal, stretches);
            for (Iterator<Map.Entry<String, Destination>> all = destinations.iterator(tx); all.hasNext(); ) {
                Map.Entry<String, Destination> destination = all.next();
                search.look(destination.getKey(), destination.getValue());
            }
            root.resume
                    .filter(place -> !journal.has(place.number()))
                    .ifPresent(place -> search.missing.add(place.number()));
            return new Found(search.missing, search.count, search.named, root.resume);
        } finally {
            pages.unload();
        }
    }

    private static final class Search {
        private final PageFile pages;
        private final Transaction tx;
        private final JournalFolder journal;
        private final List<Stretch> stretches;
        private final Set<Integer> missing = new TreeSet<>();
        private final List<Lost> named = new ArrayList<>();
        private long count;

        Search(PageFile pages, Transaction tx, JournalFolder journal, List<Stretch> stretches) {
            this.pages = pages;
            this.tx = tx;
            this.journal = journal;
            this.stretches = stretches;
        }

        void look(String name, Destination destination) throws IOException {
            BTreeIndex<Location, Long> places = new BTreeIndex<>(pages, destination.places);
            places.setKeyMarshaller(new LocationReader());
            places.setValueMarshaller(LongMarshaller.INSTANCE);
            places.load(tx);
            Map<Long, Location> found = new HashMap<>();
            places.visit(tx, new BTreeVisitor<Location, Long>() {
                @Override
                public boolean isInterestedInKeysBetween(Location first, Location second) {
                    return mayBeLost(first, second);
                }

                @Override
                public void visit(List<Location> keys, List<Long> values) {
                    for (int i = 0; i < keys.size(); i++) {
                        if (isLost(keys.get(i))) {
                            count++;
                            if (named.size() + found.size() < MOST_NAMED) {
                                found.put(values.get(i), keys.get(i));
                            }
                        }
                    }
                }
            });
            for (Map.Entry<Long, Location> lost : found.entrySet()) {
                Location place = lost.getValue();
                named.add(new Lost(
                        name,
                        messageId(destination, lost.getKey()),
                        "db-" + place.getDataFileId() + ".log " + place.getOffset()));
            }
        }

        /**
         * Whether a place between the two, null for no bound, may be lost; lets the walk skip most of a large index.
         */
        private boolean mayBeLost(Location first, Location second) {
            if (first == null || second == null) {
                return true;
            }
            for (int number = first.getDataFileId(); number <= second.getDataFileId(); number++) {
                if (!journal.has(number)) {
                    return true;
                }
            }
            return stretches.stream()
                    .anyMatch(s -> s.number() >= first.getDataFileId() && s.number() <= second.getDataFileId());
        }

        private boolean isLost(Location place) {
            if (!journal.has(place.getDataFileId())) {
                missing.add(place.getDataFileId());
                return true;
            }
            return stretches.stream().anyMatch(s -> s.holds(place.getDataFileId(), place.getOffset()));
        }

        private String messageId(Destination destination, long sequence) throws IOException {
            for (long root : destination.orders) {
                BTreeIndex<Long, String> order = new BTreeIndex<>(pages, root);
                order.setKeyMarshaller(LongMarshaller.INSTANCE);
                order.setValueMarshaller(new MessageIdReader());
                order.load(tx);
                String id = order.get(tx, sequence);
                if (id != null) {
                    return id;
                }
            }
            return "?";
        }
    }

    private record Root(long destinations, int version, Optional<Place> resume) {}

    private record Destination(long places, List<Long> orders) {}

    /** KahaDB's record formats; read only. */
    private abstract static class Reader<T> extends VariableMarshaller<T> {
        @Override
        public void writePayload(T value, DataOutput out) {
            throw new UnsupportedOperationException("read only");
        }
    }

    private static final class RootReader extends Reader<Root> {
        @Override
        public Root readPayload(DataInput in) throws IOException {
            in.readInt();
            long destinations = in.readLong();
            Optional<Place> last = place(in);
            Optional<Place> oldestTransaction = place(in);
            place(in);
            return new Root(destinations, in.readInt(), oldestTransaction.or(() -> last));
        }

        private static Optional<Place> place(DataInput in) throws IOException {
            return in.readBoolean() ? Optional.of(new Place(in.readInt(), in.readInt())) : Optional.empty();
        }
    }

    private static final class DestinationReader extends Reader<Destination> {
        @Override
        public Destination readPayload(DataInput in) throws IOException {
            long order = in.readLong();
            long places = in.readLong();
            in.readLong();
            if (in.readBoolean()) {
                in.readLong();
                in.readLong();
                in.readLong();
                in.readLong();
            }
            long low = in.readLong();
            long high = in.readLong();
            in.readLong();
            return new Destination(places, List.of(order, low, high));
        }
    }

    private static final class LocationReader extends Reader<Location> {
        @Override
        public Location readPayload(DataInput in) throws IOException {
            Location place = new Location();
            place.setDataFileId(in.readInt());
            place.setOffset(in.readInt());
            place.setSize(in.readInt());
            return place;
        }

        @Override
        public int getFixedSize() {
            return 3 * Integer.BYTES;
        }
    }

    private static final class MessageIdReader extends Reader<String> {
        @Override
        public String readPayload(DataInput in) throws IOException {
            String id = in.readUTF();
            in.readInt();
            in.readInt();
            in.readInt();
            return id;
        }
    }
}
