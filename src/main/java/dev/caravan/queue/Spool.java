package dev.caravan.queue;

import dev.caravan.mail.Content;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The folder of contents that are too large for a queue item. A file has the id of the one item that it belongs to as
 * its name, or {@code tmp-...} before there is an item. Only the owner can read and write it.
 *
 * <p>The rules: a name stays the same through retries; a file is removed only after a commit that is known to have
 * succeeded; in doubt a file stays, and the sweep finds it if no item owns it.
 *
 * <p>Thread-safe. Everything but {@link #newContent} blocks on the disk.
 */
public final class Spool {
    /** The memory for all contents that are being written. */
    public static final long DEFAULT_MEMORY_BUDGET = 64L * 1024 * 1024;

    /**
     * The most octets that the items of one message may repeat of its content; larger contents go to one file for all.
     */
    static final long MOST_REPEATED = 2L * 1024 * 1024;

    static final String TEMPORARY = "tmp-";

    private static final String ORPHANS = "orphans";

    private final Path folder;
    private final int inlineLimit;
    private final boolean posix;
    private final MemoryShare memory;

    /**
     * Opens a spool, and makes its folder if there is none.
     *
     * @param inlineLimit octets up to which a content stays in memory and travels in its item; 0 to 2^30.
     * @param memoryBudget octets that all contents being written may keep in memory together.
     * @throws IOException if the folder cannot be made.
     */
    public Spool(Path folder, long inlineLimit, long memoryBudget) throws IOException {
        this(folder, inlineLimit, new MemoryShare("content", memoryBudget));
    }

    /** The same, with a share of memory that others use too. */
    public Spool(Path folder, long inlineLimit, MemoryShare memory) throws IOException {
        if (inlineLimit < 0 || inlineLimit > 1 << 30) {
            throw new IllegalArgumentException("inline limit " + inlineLimit + " (expected: 0 to 2^30)");
        }
        this.folder = folder.toAbsolutePath();
        this.inlineLimit = (int) inlineLimit;
        this.memory = memory;
        this.posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(this.folder, ownerOnly("rwx------"));
    }

    /** A new content. One thread at a time may write it. */
    public SpoolWriter newContent() {
        return newContent(memory.lease(), false);
    }

    /**
     * A new content whose memory is held by a lease. The caller closes the lease when the content is stored or no
     * longer needed.
     */
    public SpoolWriter newContent(MemoryLease lease) {
        return newContent(lease, true);
    }

    private SpoolWriter newContent(MemoryLease lease, boolean isHeld) {
        return new SpoolWriter(this, inlineLimit, lease, isHeld);
    }

    /** A lease on the memory of contents. */
    public MemoryLease lease() {
        return memory.lease();
    }

    /** A buffer for octets that belong to no message; it is in memory as far as the lease has room. */
    public SpoolScratch newScratch(MemoryLease lease) {
        return new SpoolScratch(this, lease);
    }

    /**
     * Gives an item its own file if its content is in a file: a link with the item's id as its name. Does nothing for
     * contents in memory. May be repeated.
     *
     * @throws IOException if the disk fails.
     */
    public QueueItem adopt(QueueItem item) throws IOException {
        return adoptAll(List.of(item)).get(0);
    }

    /**
     * Gives each item its own file, durable when this returns. A temporary file loses its first name with the last of
     * the items that have it, so the contents of the given items must not be used afterwards. May be repeated after a
     * crash: existing files are accepted as they are. A content in memory of which the items would hold too many copies
     * goes to a file first; see {@link #needsFile}.
     *
     * @return the items in the same order, each with its own content.
     * @throws IOException if the disk fails; links made until then stay for the sweep.
     */
    public List<QueueItem> adoptAll(List<QueueItem> given) throws IOException {
        List<QueueItem> items = needsFile(given) ? inFiles(given) : given;
        Map<Content, Integer> last = new HashMap<>();
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).mail().content() instanceof Content.InFile file) {
                last.put(file, i);
            }
        }
        List<QueueItem> adopted = new ArrayList<>(items.size());
        boolean changed = false;
        for (int i = 0; i < items.size(); i++) {
            QueueItem item = items.get(i);
            if (item.mail().content() instanceof Content.InFile source && !isOwn(source, item.id())) {
                Content own = new Content.InFile(path(item.id()), source.size());
                adopted.add(item.withContent(own));
                name(source.file(), path(item.id()), isTemporary(source) && last.getOrDefault(source, i) == i);
                changed = true;
            } else {
                adopted.add(item);
            }
        }
        if (changed) {
            syncFolder();
        }
        return adopted;
    }

    /**
     * Whether items of one message would hold so many copies of a content in memory that it has to go to a file: then
     * {@link #adoptAll} waits for the disk.
     */
    public static boolean needsFile(List<QueueItem> items) {
        if (items.size() < 2) {
            return false;
        }
        long octets = 0;
        for (QueueItem item : items) {
            if (item.mail().content() instanceof Content.InMemory memory) {
                octets += memory.size();
            }
        }
        return octets > MOST_REPEATED;
    }

    /** The same items, with contents in files where several items share one. */
    private List<QueueItem> inFiles(List<QueueItem> items) throws IOException {
        IdentityHashMap<Content, Integer> holders = new IdentityHashMap<>();
        items.forEach(item -> holders.merge(item.mail().content(), 1, Integer::sum));
        IdentityHashMap<Content, Content> files = new IdentityHashMap<>();
        List<QueueItem> filed = new ArrayList<>(items.size());
        for (QueueItem item : items) {
            Content content = item.mail().content();
            if (content instanceof Content.InMemory memory && holders.getOrDefault(content, 0) > 1) {
                Content file = files.get(content);
                if (file == null) {
                    file = file(memory);
                    files.put(content, file);
                }
                filed.add(item.withContent(file));
            } else {
                filed.add(item);
            }
        }
        return filed;
    }

    private Content file(Content.InMemory content) throws IOException {
        SpoolWriter writer = new SpoolWriter(this, 0, memory.lease(), false);
        try {
            writer.append(ByteBuffer.wrap(content.octets()));
            return writer.finish();
        } finally {
            writer.abandon();
        }
    }

    private boolean isOwn(Content.InFile content, ItemId id) {
        return content.file().equals(path(id));
    }

    private boolean isTemporary(Content.InFile content) {
        return content.file().startsWith(folder)
                && content.file().getFileName().toString().startsWith(TEMPORARY);
    }

    /** Gives a file a name by a link, because a rename would silently replace an existing file. */
    private static void name(Path source, Path own, boolean move) throws IOException {
        try {
            Files.createLink(own, source);
        } catch (FileAlreadyExistsException e) {
            // This step was already done before a crash.
            if (!Files.isSameFile(own, source)) {
                throw new IOException("spool file " + own.getFileName() + " has another content", e);
            }
        } catch (NoSuchFileException e) {
            // Already done, and the temporary name was removed.
            if (!Files.exists(own)) {
                throw e;
            }
        }
        if (move) {
            Files.deleteIfExists(source);
        }
    }

    /**
     * Removes the file of a content that no item names any longer. Only for callers that saw the commit succeed, or
     * whose content was never in a queue.
     *
     * @throws IOException if the disk fails; the sweep will try again.
     */
    public void release(Content content) throws IOException {
        if (content instanceof Content.InFile file) {
            if (!file.file().startsWith(folder)) {
                throw new IllegalArgumentException("release of a file outside the spool");
            }
            Files.deleteIfExists(file.file());
        }
    }

    /**
     * Removes the temporary name of a content if it still has one. Items that adopted the content have names of their
     * own, so nothing in a queue is affected.
     *
     * @throws IOException if the disk fails; the sweep will try again.
     */
    public void releaseTemporary(Content content) throws IOException {
        if (content instanceof Content.InFile file && isTemporary(file)) {
            Files.deleteIfExists(file.file());
        }
    }

    /** The path of an item's content; the file may be missing. */
    public Content locate(ItemId id, long size) {
        return new Content.InFile(path(id), size);
    }

    /**
     * Checks that an item's content can be read.
     *
     * @throws MissingContentException if its file is missing, cannot be looked at, or has another size.
     */
    public void requirePresent(QueueItem item) throws MissingContentException {
        if (item.mail().content() instanceof Content.InFile file) {
            try {
                long found = Files.size(file.file());
                if (found != file.size()) {
                    throw new MissingContentException(
                            item,
                            "spool file " + item.id() + " of " + found + " octets (expected: " + file.size() + ")");
                }
            } catch (NoSuchFileException e) {
                if (!isRestored(file.file())) {
                    throw new MissingContentException(item, "spool file " + item.id() + " is missing");
                }
                requirePresent(item);
            } catch (IOException e) {
                throw new MissingContentException(item, "spool file " + item.id() + " cannot be read: " + e);
            }
        }
    }

    /**
     * All files in the folder, for the sweep.
     *
     * @throws IOException if the folder cannot be read.
     */
    public List<SpoolOrphans.SpoolFile> files() throws IOException {
        List<SpoolOrphans.SpoolFile> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                try {
                    files.add(new SpoolOrphans.SpoolFile(entry.getFileName().toString(), changedAt(entry)));
                } catch (NoSuchFileException e) {
                    // The file was released or renamed meanwhile.
                    continue;
                }
            }
        }
        return files;
    }

    /** The time when the content or the names of a file last changed; a new link to an old content is a change. */
    private static Instant changedAt(Path file) throws IOException {
        Instant modified = Files.getLastModifiedTime(file).toInstant();
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return modified;
        }
        Instant changed = ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant();
        return changed.isAfter(modified) ? changed : modified;
    }

    /**
     * Removes the files that the sweep found.
     *
     * @param names as {@link SpoolOrphans#orphans} gave them.
     * @throws IOException if the disk fails; the rest stays.
     */
    public void removeOrphans(Collection<String> names) throws IOException {
        for (String name : names) {
            Files.deleteIfExists(folder.resolve(name));
        }
    }

    /**
     * Moves the files that an uncertain sweep found into the folder {@code orphans}, where {@link #requirePresent}
     * finds them.
     *
     * @param names as {@link SpoolOrphans#orphans} gave them.
     * @param now the time from which they are kept.
     * @throws IOException if the disk fails; the rest stays.
     */
    public void setAside(Collection<String> names, Instant now) throws IOException {
        Path orphans = folder.resolve(ORPHANS);
        Files.createDirectories(orphans, ownerOnly("rwx------"));
        for (String name : names) {
            Path kept = orphans.resolve(name);
            try {
                Files.move(folder.resolve(name), kept, StandardCopyOption.ATOMIC_MOVE);
                Files.setLastModifiedTime(kept, FileTime.from(now));
            } catch (NoSuchFileException e) {
                // The file was released meanwhile.
                continue;
            }
        }
    }

    private boolean isRestored(Path file) {
        Path kept = folder.resolve(ORPHANS).resolve(file.getFileName());
        try {
            if (Files.exists(kept) && file.startsWith(folder)) {
                Files.move(kept, file, StandardCopyOption.ATOMIC_MOVE);
                return true;
            }
        } catch (IOException e) {
            return Files.exists(file);
        }
        return false;
    }

    /** The number of files in {@code orphans}. */
    public int orphans() {
        String[] names = folder.resolve(ORPHANS).toFile().list();
        return names == null ? 0 : names.length;
    }

    /**
     * Removes old files from {@code orphans}.
     *
     * @param before files that were moved there before this time are removed.
     * @throws IOException if the disk fails; the rest stays.
     */
    public void pruneOrphans(Instant before) throws IOException {
        if (orphans() == 0) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder.resolve(ORPHANS))) {
            for (Path entry : entries) {
                if (Files.getLastModifiedTime(entry).toInstant().isBefore(before)) {
                    Files.deleteIfExists(entry);
                }
            }
        }
    }

    private Path path(ItemId id) {
        return folder.resolve(id.toString());
    }

    /** Opens a new temporary file. */
    Path newTemporary() throws IOException {
        return Files.createFile(folder.resolve(TEMPORARY + UUID.randomUUID()), ownerOnly("rw-------"));
    }

    void syncFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The free part of the shared memory. */
    long freeMemory() {
        return memory.free();
    }

    private FileAttribute<?>[] ownerOnly(String permissions) {
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
