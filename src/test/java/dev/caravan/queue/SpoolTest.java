package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Content;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
    private static final int INLINE_LIMIT = 16 * 1024;
    private static final int BUDGET = 64 * 1024;

    @TempDir
    Path parent;

    private Path folder;
    private Spool spool;

    @BeforeEach
    void open() throws IOException {
        folder = parent.resolve("spool");
        spool = new Spool(folder, INLINE_LIMIT, BUDGET);
    }

    @Test
    void keepsSmallContentInMemory() throws IOException {
        Content content = written(octets(INLINE_LIMIT), 1000);
        assertInstanceOf(Content.InMemory.class, content);
        assertArrayEquals(octets(INLINE_LIMIT), content.open().readAllBytes());
        assertEquals(Set.of(), names());
    }

    @Test
    void putsLargerContentIntoAFile() throws IOException {
        for (int piece : new int[] {1, 76, 4096, 8192, 8193, 200_000}) {
            byte[] octets = octets(INLINE_LIMIT + 100_001);
            Content content = written(octets, piece);
            assertInstanceOf(Content.InFile.class, content);
            assertEquals(octets.length, content.size());
            assertArrayEquals(octets, content.open().readAllBytes());
        }
    }

    @Test
    void neverTakesTheArrayOfTheCaller() throws IOException {
        SpoolWriter writer = spool.newContent();
        byte[] octets = octets(4096);
        writer.append(ByteBuffer.wrap(octets));
        octets[0]++;
        assertArrayEquals(octets(4096), writer.finish().open().readAllBytes());
    }

    @Test
    void isEmptyIfNothingWasAppended() throws IOException {
        assertEquals(0, spool.newContent().finish().size());
    }

    @Test
    void spillsEarlyWhenTheSharedMemoryIsUsedUp() throws IOException {
        List<SpoolWriter> holders =
                Stream.generate(spool::newContent).limit(BUDGET / INLINE_LIMIT).toList();
        for (SpoolWriter holder : holders) {
            holder.append(ByteBuffer.wrap(octets(INLINE_LIMIT)));
            assertFalse(holder.isInFile());
        }
        SpoolWriter late = spool.newContent();
        late.append(ByteBuffer.wrap(octets(100)));
        assertTrue(late.isInFile());
        holders.get(0).finish();
        SpoolWriter later = spool.newContent();
        later.append(ByteBuffer.wrap(octets(100)));
        assertFalse(later.isInFile());
        assertArrayEquals(octets(100), late.finish().open().readAllBytes());
    }

    @Test
    void givesAllMemoryBack() throws IOException {
        written(octets(5000), 100);
        written(octets(50_000), 100);
        SpoolWriter abandoned = spool.newContent();
        abandoned.append(ByteBuffer.wrap(octets(5000)));
        abandoned.abandon();
        SpoolWriter abandonedFile = spool.newContent();
        abandonedFile.append(ByteBuffer.wrap(octets(50_000)));
        abandonedFile.abandon();
        abandonedFile.abandon();
        assertEquals(BUDGET, spool.freeMemory());
        assertEquals(1, names().size());
    }

    @Test
    void holdsMemoryUntilTheLeaseIsClosed() throws IOException {
        MemoryLease lease = spool.lease();
        SpoolWriter writer = spool.newContent(lease);
        writer.append(ByteBuffer.wrap(octets(3000)));
        writer.append(ByteBuffer.wrap(octets(2000)));
        Content content = writer.finish();
        assertEquals(BUDGET - 5000, spool.freeMemory());
        lease.close();
        lease.close();
        assertEquals(BUDGET, spool.freeMemory());
        assertArrayEquals(octets(3000), Arrays.copyOf(content.open().readAllBytes(), 3000));
        MemoryLease ofAFile = spool.lease();
        SpoolWriter large = spool.newContent(ofAFile);
        large.append(ByteBuffer.wrap(octets(5000)));
        large.append(ByteBuffer.wrap(octets(50_000)));
        large.finish();
        assertEquals(BUDGET, spool.freeMemory());
    }

    @Test
    void keepsScratchInMemoryWhileItIsSmallAndThereIsRoom() throws IOException {
        MemoryShare share = new MemoryShare("test", 40_000);
        for (int size : new int[] {0, 1, 10_000, 20_000, 70_000, 300_000}) {
            MemoryLease lease = share.lease();
            byte[] octets = octets(size);
            try (SpoolScratch scratch = spool.newScratch(lease)) {
                for (int from = 0; from < size; from += 7000) {
                    scratch.append(octets, from, Math.min(7000, size - from));
                }
                assertEquals(size, scratch.size());
                assertEquals(size > 20_000 ? 1 : 0, names().size());
                assertArrayEquals(octets, scratch.open(0, size).readAllBytes());
                assertArrayEquals(
                        Arrays.copyOfRange(octets, size / 3, size / 2),
                        scratch.open(size / 3, size / 2 - size / 3).readAllBytes());
            }
            assertEquals(Set.of(), names());
            assertEquals(40_000, share.free());
        }
    }

    @Test
    void givesManyItemsOneFileInsteadOfTooManyCopies() throws IOException {
        Content content = written(octets(INLINE_LIMIT), 1000);
        int few = (int) (Spool.MOST_REPEATED / INLINE_LIMIT);
        assertTrue(spool.adoptAll(items(content, few)).stream()
                .allMatch(item -> item.mail().content() == content));
        assertEquals(Set.of(), names());
        List<QueueItem> adopted = spool.adoptAll(items(content, few + 1));
        assertEquals(few + 1, names().size());
        for (QueueItem item : adopted) {
            Content.InFile file =
                    assertInstanceOf(Content.InFile.class, item.mail().content());
            assertEquals(item.id().toString(), file.file().getFileName().toString());
            assertEquals(few + 1, Files.getAttribute(file.file(), "unix:nlink"));
        }
        assertArrayEquals(
                octets(INLINE_LIMIT), adopted.get(few).mail().content().open().readAllBytes());
        assertEquals(BUDGET, spool.freeMemory());
    }

    private static List<QueueItem> items(Content content, int count) {
        QueueItem item = ItemExamples.plain().withContent(content);
        List<QueueItem> items = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            items.add(new QueueItem(
                    new ItemId(item.mail().id(), Integer.toString(i)), item.mail(), item.nextHop(), item.progress()));
        }
        return items;
    }

    @Test
    void refusesToGoOnAfterTheEnd() throws IOException {
        SpoolWriter writer = spool.newContent();
        writer.finish();
        assertThrows(IllegalStateException.class, () -> writer.append(ByteBuffer.allocate(1)));
        assertThrows(IllegalStateException.class, writer::finish);
    }

    @Test
    void isForItsOwnerOnly() throws IOException {
        Content.InFile file = (Content.InFile) large();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file.file())));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    }

    @Test
    void renamesTheFileForAnOnlyItem() throws IOException {
        QueueItem item = ItemExamples.plain().withContent(large());
        QueueItem adopted = spool.adopt(item);
        assertEquals(Set.of("01K7Q3ZV8GABCDEF.1"), names());
        assertEquals(adopted, spool.adopt(adopted));
        assertEquals(adopted, spool.adopt(item), "once more after a crash");
        assertArrayEquals(
                octets(INLINE_LIMIT + 1), adopted.mail().content().open().readAllBytes());
    }

    @Test
    void linksTheFileForSeveralItems() throws IOException {
        QueueItem item = ItemExamples.plain().withContent(large());
        QueueItem other = item.withId(new ItemId(item.id().mail(), "2"));
        List<QueueItem> adopted = spool.adoptAll(List.of(item, other));
        assertEquals(Set.of("01K7Q3ZV8GABCDEF.1", "01K7Q3ZV8GABCDEF.2"), names());
        spool.release(adopted.get(0).mail().content());
        assertArrayEquals(
                octets(INLINE_LIMIT + 1), adopted.get(1).mail().content().open().readAllBytes());
    }

    @Test
    void linksAgainAfterACrash() throws IOException {
        QueueItem item = spool.adopt(ItemExamples.plain().withContent(large()));
        QueueItem part = item.withId(item.id().afterAttempt(3));
        assertEquals(spool.adopt(part), spool.adopt(part));
        assertEquals(Set.of("01K7Q3ZV8GABCDEF.1", "01K7Q3ZV8GABCDEF.1-3"), names());
    }

    @Test
    void neverPutsOneContentInThePlaceOfAnother() throws IOException {
        QueueItem item = spool.adopt(ItemExamples.plain().withContent(large()));
        QueueItem part = item.withId(item.id().afterAttempt(3));
        Files.write(folder.resolve(part.id().toString()), octets(5));
        IOException refusal = assertThrows(IOException.class, () -> spool.adopt(part));
        assertInstanceOf(FileAlreadyExistsException.class, refusal.getCause());
    }

    @Test
    void neverReplacesAFileByRenaming() throws IOException {
        QueueItem first = spool.adopt(ItemExamples.plain().withContent(large()));
        QueueItem second = ItemExamples.plain().withContent(written(octets(50_000), 4096));
        assertThrows(IOException.class, () -> spool.adopt(second));
        assertEquals(INLINE_LIMIT + 1, Files.size(folder.resolve(first.id().toString())));
    }

    @Test
    void leavesContentInMemoryAsItIs() throws IOException {
        QueueItem item = ItemExamples.plain();
        assertSame(item, spool.adopt(item));
    }

    @Test
    void releasesOnlyItsOwnFiles() {
        assertThrows(
                IllegalArgumentException.class, () -> spool.release(new Content.InFile(parent.resolve("precious"), 1)));
    }

    @Test
    void sweepsWhatTwoWalksDidNotName() throws IOException {
        QueueItem queued = spool.adopt(ItemExamples.plain().withContent(large()));
        QueueItem orphan = spool.adopt(queued.withId(queued.id().afterAttempt(3)));
        written(octets(50_000), 4096);
        Set<ItemId> named = Set.of(queued.id());
        List<SpoolOrphans.SpoolFile> listed = spool.files();
        Instant soon = Instant.now().plusSeconds(5);
        assertEquals(List.of(), SpoolOrphans.orphans(listed, new SpoolOrphans.Scans(soon, named, named)));
        Instant later = soon.plus(SpoolOrphans.GRACE);
        spool.removeOrphans(SpoolOrphans.orphans(listed, new SpoolOrphans.Scans(later, named, named)));
        assertEquals(Set.of(queued.id().toString()), names());
        assertFalse(Files.exists(folder.resolve(orphan.id().toString())));
    }

    @Test
    void takesANewLinkToAnOldFileForNew() throws IOException {
        QueueItem item = spool.adopt(ItemExamples.plain().withContent(large()));
        Path file = folder.resolve(item.id().toString());
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(4))));
        spool.adopt(item.withId(item.id().afterAttempt(3)));
        Instant halfAnHourAgo = Instant.now().minus(Duration.ofMinutes(30));
        assertTrue(spool.files().stream().allMatch(listed -> listed.changedAt().isAfter(halfAnHourAgo)));
    }

    private Content large() throws IOException {
        return written(octets(INLINE_LIMIT + 1), 4096);
    }

    private Content written(byte[] octets, int piece) throws IOException {
        SpoolWriter writer = spool.newContent();
        for (int at = 0; at < octets.length; at += piece) {
            writer.append(ByteBuffer.wrap(octets, at, Math.min(piece, octets.length - at)));
        }
        assertEquals(octets.length, writer.size());
        return writer.finish();
    }

    private Set<String> names() throws IOException {
        return spool.files().stream().map(SpoolOrphans.SpoolFile::name).collect(Collectors.toSet());
    }

    private static byte[] octets(int count) {
        byte[] octets = new byte[count];
        new Random(7).nextBytes(octets);
        return octets;
    }
}
