package dev.caravan.recovery;

import dev.caravan.recovery.JournalFolder.Stretch;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a store startable after a power cut or damage, without hiding any loss. {@link #prepare} runs when the broker
 * holds the store's lock and has read nothing yet, {@link #finish} when the broker serves.
 *
 * <p>A torn end, left by an incomplete last write, is copied aside and cut off, with a warning, because no client got
 * 250 for it. A stretch with whole batches after it, or with messages according to the index, is damage: it causes an
 * error, a report that the health page and a metric show, and a start with KahaDB's option to drop its index entries.
 * Before that start the stretch is filled with zeros, because KahaDB would trust a damaged size and skip whole batches
 * after it. After the start the stretch becomes a filler batch, so that later starts find no damage.
 *
 * <p>If a journal file is missing, or the folder of an earlier store is empty, the start is refused: a wrong mount is
 * more likely than a loss, and a start on it would cause the loss.
 */
public final class StoreRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRecovery.class);
    /** The size of the smallest filler batch in octets. */
    private static final int SMALLEST_FILLER = JournalScan.HEADER + JournalScan.RECORD_HEADER;

    private static final String WAY_OUT = "bring it back, or start once with --set "
            + RecoverySettings.ACCEPT_LOST_JOURNAL.key() + "=true to go on without it";

    private final DamageReports reports;
    private final StoreEvidence evidence;
    private final Clock clock;
    private final boolean permitted;
    private final boolean given;
    private boolean rebuildsIndex;
    private List<Stretch> fillers = List.of();
    private boolean changed;
    private Optional<IllegalStateException> refusal = Optional.empty();

    /** @param permitted whether {@code broker.accept-lost-journal} is set. */
    public StoreRecovery(DamageReports reports, StoreEvidence evidence, boolean permitted, Clock clock) {
        this.reports = reports;
        this.evidence = evidence;
        this.clock = clock;
        if (!permitted) {
            evidence.withdraw();
        }
        boolean isUsed = permitted && evidence.isPermissionUsed();
        if (permitted) {
            LOG.warn(
                    isUsed
                            ? "{} is still set but already used: it has no effect until it is removed and set again"
                            : "{} is set for this start; remove it afterwards",
                    RecoverySettings.ACCEPT_LOST_JOURNAL.key());
        }
        this.permitted = permitted && !isUsed;
        this.given = permitted;
    }

    /** The reason why the store is refused; empty if it is not. */
    public Optional<IllegalStateException> refusal() {
        return refusal;
    }

    /**
     * Checks the journal and repairs what can be repaired.
     *
     * @throws IOException if the journal cannot be read or a copy not be written; nothing is changed then.
     * @throws IllegalStateException if the start is refused.
     */
    public void prepare(KahaDBPersistenceAdapter store) throws IOException {
        Path folder = store.getDirectory().toPath();
        Path index = index(store);
        if (rebuildsIndex) {
            setIndexAside(index, "db");
        }
        JournalFolder journal = JournalFolder.scan(folder);
        requireStore(folder, journal);
        if (permitted) {
            store.setIgnoreMissingJournalfiles(true);
        }
        // KahaDB refuses missing files too, but only after it has changed the index.
        boolean isSure = evidence.isStopped()
                && journal.files().stream()
                        .map(JournalScan.Found::number)
                        .collect(Collectors.toSet())
                        .containsAll(evidence.files());
        if (permitted || !isSure || !journal.isWhole()) {
            repair(store, index, journal);
        }
    }

    /** Repairs the journal of the broker's scheduler, which holds messages that foreign consumers have rejected. */
    public void prepareScheduler(Path folder) throws IOException {
        if (rebuildsIndex) {
            setIndexAside(folder, "scheduleDB");
        }
        JournalFolder journal = JournalFolder.scan(folder);
        if (journal.isWhole()) {
            return;
        }
        List<Stretch> damage = journal.damage();
        if (!damage.isEmpty()) {
            report(damage, Optional.empty(), "the scheduler's journal");
            zero(damage, Optional.empty());
            fill(damage);
            // KahaDB rebuilds this index from the journal, because it cannot drop single jobs from it.
            setIndexAside(folder, "scheduleDB");
        }
        cut(journal, false);
    }

    private static Path index(KahaDBPersistenceAdapter store) {
        File own = store.getIndexDirectory();
        return (own == null ? store.getDirectory() : own).toPath();
    }

    private void requireStore(Path folder, JournalFolder journal) {
        if (journal.files().isEmpty() && evidence.knowsStore()) {
            acceptOrRefuse(folder + " holds no journal, although there was one (expected: " + WAY_OUT + ")");
        }
        // KahaDB never removes the file that it writes to, and never creates a file with a lower number later.
        int before = evidence.files().stream().max(Comparator.naturalOrder()).orElse(0);
        boolean isOlder = journal.files().stream().allMatch(file -> file.number() < before);
        if (isOlder && !journal.files().isEmpty()) {
            acceptOrRefuse(
                    "journal file db-" + before + ".log is missing in " + folder + " (expected: " + WAY_OUT + ")");
        }
    }

    private void acceptOrRefuse(String reason) {
        if (!permitted) {
            refusal = Optional.of(new IllegalStateException(reason));
            throw refusal.get();
        }
        LOG.error("accepted by {}: {}", RecoverySettings.ACCEPT_LOST_JOURNAL.key(), reason);
    }

    private void repair(KahaDBPersistenceAdapter store, Path index, JournalFolder journal) throws IOException {
        List<Stretch> damage = journal.damage();
        List<Stretch> ends = journal.ends();
        List<Stretch> all = new ArrayList<>();
        for (Stretch stretch : damage) {
            all.add(isEndOfFile(stretch) ? openEnded(stretch) : stretch);
        }
        ends.forEach(end -> all.add(openEnded(end)));
        Optional<JournalIndex.Found> known = JournalIndex.read(index, copyOf(index), journal, all);
        // A message in the index was written completely once, so this is not an incomplete write.
        boolean isLoss = !damage.isEmpty() || (known.isPresent() && known.get().count() > 0);
        Set<Integer> missing = new TreeSet<>(permitted ? evidence.files() : Set.of());
        if (known.isPresent() && !known.get().missing().isEmpty()) {
            acceptOrRefuse("journal files are missing, by their numbers: "
                    + known.get().missing() + " (expected: " + WAY_OUT + ")");
            isLoss = true;
            missing.addAll(known.get().missing());
        }
        Optional<JournalIndex.Place> resume = known.flatMap(JournalIndex.Found::resume);
        if (isLoss) {
            standIn(store.getDirectory().toPath(), journal, missing);
            List<Stretch> lost = new ArrayList<>(damage);
            ends.forEach(end -> lost.add(new Stretch(
                    end.file(), end.number(), end.from(), Math.max(end.from(), journal.usedOf(end)), end.records())));
            report(lost, known, "the store");
            if (resumesInside(damage, resume)) {
                setIndexAside(index, "db");
            }
            zero(damage, resume);
            fillers = damage;
            store.setIgnoreMissingJournalfiles(true);
        }
        cut(journal, isLoss);
        changed = !journal.isWhole() || isLoss;
    }

    /**
     * Creates empty files in place of the missing ones that are given up; otherwise KahaDB reports them at each start.
     */
    private static void standIn(Path folder, JournalFolder journal, Set<Integer> missing) throws IOException {
        for (int number : missing) {
            Path file = folder.resolve("db-" + number + ".log");
            if (!journal.has(number)) {
                Files.write(file, JournalScan.endMark());
            }
        }
    }

    private static Path copyOf(Path index) {
        Path folder = index.toAbsolutePath();
        return folder.resolveSibling(folder.getFileName() + "-index-copy");
    }

    private static Stretch openEnded(Stretch torn) {
        return new Stretch(torn.file(), torn.number(), torn.from(), Long.MAX_VALUE, torn.records());
    }

    /**
     * Whether KahaDB would resume inside a stretch that has no room for a filler batch there; it could not find the
     * next batch.
     */
    private static boolean resumesInside(List<Stretch> damage, Optional<JournalIndex.Place> resume) {
        return resume.isPresent()
                && damage.stream()
                        .anyMatch(stretch -> stretch.holds(
                                        resume.get().number(), resume.get().offset())
                                && stretch.to() - resume.get().offset() < SMALLEST_FILLER);
    }

    private void report(List<Stretch> damage, Optional<JournalIndex.Found> known, String what) throws IOException {
        Set<String> pending = reports.pending();
        List<Stretch> fresh =
                damage.stream().filter(s -> !pending.contains(s.name())).toList();
        boolean lacksFiles = known.isPresent() && !known.get().missing().isEmpty();
        if (fresh.isEmpty() && !lacksFiles) {
            return;
        }
        Path folder = reports.begin(clock, false);
        long records = 0;
        List<String> lines = new ArrayList<>();
        for (Stretch stretch : fresh) {
            Path copy = DamageReports.copy(folder, stretch, stretch.to());
            records += stretch.records();
            lines.add("damaged: " + stretch.file() + " from octet " + stretch.from() + " to " + stretch.to()
                    + ", at least " + stretch.records() + " records; copy: " + copy.getFileName());
        }
        records = Math.max(records, known.map(JournalIndex.Found::count).orElse(0L));
        known.ifPresent(found -> {
            lines.add("missing journal files, by their numbers: " + found.missing());
            lines.add("messages that the index knew there: " + found.count());
            found.named()
                    .forEach(lost -> lines.add("lost: " + lost.queue() + " " + lost.messageId() + " " + lost.place()));
        });
        DamageReports.write(folder, records, lines, fresh);
        LOG.error(
                "{} is damaged: at least {} records are lost, of which the index knew {} as waiting messages; copies and"
                        + " report in {}; {}",
                what,
                records,
                known.map(found -> Long.toString(found.count())).orElse("an unknown number"),
                folder,
                lines.get(0));
    }

    /** Ends the journal after its last whole batch; logs that unless damage was reported. */
    private void cut(JournalFolder journal, boolean isReported) throws IOException {
        for (Path file : journal.unmarked()) {
            LOG.info("{} was preallocated and not finished; it is empty", file);
            write(file, 0, JournalScan.endMark());
        }
        Optional<Stretch> tear = journal.tear();
        if (tear.isEmpty()) {
            return;
        }
        Stretch torn = tear.get();
        long octets = journal.usedOf(torn) - torn.from();
        if (!isReported && torn.to() > torn.from()) {
            Path folder = reports.begin(clock, true);
            DamageReports.copy(folder, torn, torn.from() + octets);
            LOG.warn(
                    "the last record of {} is incomplete: {} octets at octet {}, with nothing valid after them, are"
                            + " cut off; copy in {}",
                    torn.file(),
                    octets,
                    torn.from(),
                    folder);
        }
        zeroes(torn.file(), torn.from() + JournalScan.endMark().length, torn.from() + octets);
        write(torn.file(), torn.from(), JournalScan.endMark());
    }

    private static void zero(List<Stretch> damage, Optional<JournalIndex.Place> resume) throws IOException {
        for (Stretch stretch : damage) {
            if (isEndOfFile(stretch)) {
                zeroes(stretch.file(), stretch.from(), stretch.to());
                write(stretch.file(), stretch.from(), JournalScan.endMark());
                continue;
            }
            zeroes(stretch.file(), stretch.from(), stretch.to());
            if (resume.isPresent()
                    && stretch.holds(resume.get().number(), resume.get().offset())
                    && stretch.to() - resume.get().offset() >= SMALLEST_FILLER) {
                write(stretch.file(), resume.get().offset(), JournalScan.filler(SMALLEST_FILLER));
            }
        }
    }

    private static boolean isEndOfFile(Stretch stretch) throws IOException {
        return stretch.to() >= Files.size(stretch.file());
    }

    private static void fill(List<Stretch> damage) throws IOException {
        for (Stretch stretch : damage) {
            if (Files.exists(stretch.file())
                    && !isEndOfFile(stretch)
                    && stretch.to() - stretch.from() >= SMALLEST_FILLER) {
                write(stretch.file(), stretch.from(), JournalScan.filler((int) (stretch.to() - stretch.from())));
            }
        }
    }

    private static void zeroes(Path file, long from, long to) throws IOException {
        byte[] zeros = new byte[(int) Math.max(0, Math.min(1 << 20, to - from))];
        for (long at = from; at < to; at += zeros.length) {
            write(file, at, java.util.Arrays.copyOf(zeros, (int) Math.min(zeros.length, to - at)));
        }
    }

    private static void write(Path file, long at, byte[] octets) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(octets);
            while (buffer.hasRemaining()) {
                channel.write(buffer, at + buffer.position());
            }
            channel.force(true);
        }
    }

    /** Moves the index away, so that KahaDB rebuilds it from the whole journal. */
    private void setIndexAside(Path folder, String name) throws IOException {
        Path aside = null;
        for (String suffix : List.of(".data", ".redo", ".free")) {
            Path file = folder.resolve(name + suffix);
            if (Files.exists(file)) {
                aside = aside == null ? reports.begin(clock, true) : aside;
                Files.move(file, aside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (aside != null) {
            LOG.warn(
                    "the index {} is rebuilt from the journal; the old one is in {}",
                    folder.resolve(name + ".data"),
                    aside);
        }
    }

    /**
     * Whether to repeat a failed start once, with a new index. If journal files are missing, the start is refused
     * instead.
     *
     * @param failure the failure of the start.
     */
    public boolean retries(Throwable failure) {
        if (refusal.isPresent() || rebuildsIndex || !isOfStore(failure)) {
            return false;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (!permitted && (text.contains("missing journal files") || text.contains("Could not locate data file"))) {
                refusal = Optional.of(new IllegalStateException(text + " (expected: " + WAY_OUT + ")", failure));
                return false;
            }
        }
        LOG.warn("the index of the store cannot be used: {}", failure.toString());
        rebuildsIndex = true;
        return true;
    }

    private static boolean isOfStore(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            for (StackTraceElement frame : cause.getStackTrace()) {
                if (frame.getClassName().startsWith("org.apache.activemq.store.kahadb.")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Called when the broker serves: completes the repair and records the state of the store. */
    public void finish(KahaDBPersistenceAdapter store) throws IOException {
        if (changed) {
            // Otherwise KahaDB could resume, after a crash now, at a place in the part that was cut off.
            store.checkpoint(true);
            fill(fillers);
            reports.settled();
        }
        evidence.noteUse(JournalFolder.numbers(store.getDirectory().toPath()), given);
    }

    /** Called when the broker has stopped. */
    public void stopped(KahaDBPersistenceAdapter store) throws IOException {
        evidence.noteStop(JournalFolder.numbers(store.getDirectory().toPath()));
    }
}
