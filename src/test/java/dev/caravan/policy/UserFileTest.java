package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.ForwardPath;
import dev.caravan.testkit.MovingClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class UserFileTest {
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example, b.example");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final List<String> TABLE = List.of(
            "# who lives here",
            "",
            "alice",
            "  Bob   # behind white space",
            "carol@b.example",
            "dave",
            "dave@b.example",
            "erin+lists",
            "erin",
            "o'neil",
            "frank@gone.example");

    private final MovingClock clock = new MovingClock(START);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void writeTable() throws IOException {
        file = folder.resolve("users");
        write(TABLE, START.minus(Duration.ofHours(1)));
    }

    private record Case(String recipient, String user, String reason) {}

    @TestFactory
    Stream<DynamicTest> findsTheUserOfAnAddress() {
        UserFile users = open();
        return Stream.of(
                        new Case("alice@local.example", "alice", "a user of every local domain"),
                        new Case("alice@b.example", "alice", "a user of every local domain"),
                        new Case("ALICE@Local.Example", "alice", "in any case"),
                        new Case("\"alice\"@local.example", "alice", "quotes are no part of the name"),
                        new Case("\"al\\ice\"@local.example", "alice", "nor are backslashes"),
                        new Case("bob@local.example", "bob", "named by the file, in lower case"),
                        new Case("carol@b.example", "carol@b.example", "a user of one domain"),
                        new Case("carol@local.example", "", "and of no other"),
                        new Case("dave@b.example", "dave@b.example", "one domain before every domain"),
                        new Case("dave@local.example", "dave", "every domain"),
                        new Case("alice+shop@local.example", "alice", "a detail is for the user"),
                        new Case("alice+a+b@local.example", "alice", "the detail begins at the first plus"),
                        new Case("carol+x@b.example", "carol@b.example", "also at one domain"),
                        new Case("erin+lists@local.example", "erin+lists", "unless the file has it"),
                        new Case("erin+other@local.example", "erin", "and not for others"),
                        new Case("+alice@local.example", "", "no name before the plus"),
                        new Case("o'neil@local.example", "o'neil", "a name with a quote"),
                        new Case("postmaster@local.example", "postmaster", "always exists"),
                        new Case("PostMaster@b.example", "postmaster", "at every local domain, in any case"),
                        new Case("postmaster+x@b.example", "postmaster", "also with a detail"),
                        new Case("postmaster@elsewhere.example", "", "but not elsewhere"),
                        new Case("abuse@local.example", "", "only postmaster exists unasked"),
                        new Case("frank@gone.example", "", "the domain is not local"),
                        new Case("\"carol@b.example\"@local.example", "", "a local part is not an address"),
                        new Case("\"../alice\"@local.example", "", "nor a path"),
                        new Case("\"\"@local.example", "", "nor empty"),
                        new Case("nobody@local.example", "", "nobody"))
                .map(c -> DynamicTest.dynamicTest(
                        c.recipient() + ": " + c.reason(),
                        () -> assertEquals(
                                c.user(),
                                users.userOf(ForwardPath.of(c.recipient())).orElse(""))));
    }

    @TestFactory
    Stream<DynamicTest> refusesNamesThatCannotBeFolders() {
        return Stream.of(
                        "../etc",
                        "a/b",
                        ".alice",
                        "alice bob",
                        "a@b@local.example",
                        "@local.example",
                        "a..b",
                        "a\u200bb",
                        "\u202ealice",
                        "\"a b\"",
                        "\"\"")
                .map(line -> DynamicTest.dynamicTest(line, () -> {
                    write(List.of("alice", line), START.minusSeconds(60));
                    String words = assertThrows(IllegalArgumentException.class, this::open)
                            .getMessage();
                    assertTrue(words.contains("users: line 2: ") && words.contains("expected"), words);
                }));
    }

    @Test
    void readsWhatEditorsAndProgramsWrite() throws IOException {
        Files.write(file, "\ufeff\"zoe\" # B\u00fcro\r\n<yves@b.example>\r\n".getBytes(StandardCharsets.UTF_8));
        assertEquals("zoe", user(open(), "zoe"));
        assertEquals(Optional.of("yves@b.example"), open().userOf(ForwardPath.of("yves@b.example")));
        Files.write(file, "# B\u00fcro\nzoe # \u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals("zoe", user(open(), "zoe"));
        Files.write(file, "zo\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        String words = assertThrows(IllegalArgumentException.class, this::open).getMessage();
        assertTrue(words.contains("users: line 1: malformed name"), words);
        Files.write(file, "zoe\n".getBytes(StandardCharsets.UTF_16));
        words = assertThrows(IllegalArgumentException.class, this::open).getMessage();
        assertTrue(words.contains("users: not a text file"), words);
    }

    @Test
    void doesNotStartWithoutItsFile() throws IOException {
        Files.delete(file);
        assertThrows(UncheckedIOException.class, this::open);
    }

    @Test
    void readsAChangedFileAgain() throws IOException {
        UserFile users = open();
        write(List.of("zoe"), START.minusSeconds(60));
        assertEquals("", user(users, "zoe"), "not looked at before a second has passed");
        clock.advance(SECOND);
        users.look();
        assertEquals("zoe", user(users, "zoe"));
        assertEquals("", user(users, "alice"));
    }

    @Test
    void waitsUntilAFileIsNoLongerWritten() throws IOException {
        UserFile users = open();
        write(List.of("alice", "b"), clock.instant());
        users.look();
        assertEquals("", user(users, "b"), "may be half of it");
        clock.advance(SECOND);
        write(List.of("alice", "bo", "zoe"), clock.instant());
        users.look();
        assertEquals("", user(users, "zoe"), "still growing");
        users.look();
        assertEquals("", user(users, "zoe"), "two looks at the same moment are one");
        clock.advance(SECOND);
        users.look();
        assertEquals("zoe", user(users, "zoe"), "the same for a second");
    }

    @Test
    void readsAFileFromTheFutureOnceItIsStill() throws IOException {
        UserFile users = open();
        write(List.of("zoe"), START.plus(Duration.ofDays(1)));
        clock.advance(SECOND);
        users.look();
        assertEquals("", user(users, "zoe"));
        clock.advance(SECOND);
        users.look();
        assertEquals("zoe", user(users, "zoe"));
    }

    @Test
    void readsAFileMovedIntoPlaceWithTheSameTimeAndSize() throws IOException {
        UserFile users = open();
        Path other = folder.resolve("users.new");
        String text = Files.readString(file).replace("alice", "alicf");
        Files.writeString(other, text);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        clock.advance(SECOND);
        users.look();
        assertEquals("alicf", user(users, "alicf"));
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void readsAFileWrittenInItsPlaceWithTheSameTimeAndSize() throws IOException {
        UserFile users = open();
        FileTime modified = Files.getLastModifiedTime(file);
        Object before = Files.getAttribute(file, "unix:ctime");
        String text = Files.readString(file).replace("alice", "alicf");
        do {
            // Some file systems count such times in steps of milliseconds.
            Files.writeString(file, text);
            Files.setLastModifiedTime(file, modified);
        } while (Files.getAttribute(file, "unix:ctime").equals(before));
        clock.advance(SECOND);
        users.look();
        assertEquals("alicf", user(users, "alicf"));
    }

    @Test
    void keepsItsUsersWhenTheFileIsBroken() throws IOException {
        UserFile users = open();
        write(List.of("zoe", "not a user"), START.minusSeconds(60));
        clock.advance(SECOND);
        users.look();
        assertEquals("alice", user(users, "alice"));
        assertEquals("", user(users, "zoe"));
        write(List.of("zoe"), START.minusSeconds(50));
        clock.advance(SECOND);
        users.look();
        assertEquals("zoe", user(users, "zoe"));
    }

    @Test
    void keepsItsUsersWhenTheFileIsNoText() throws IOException {
        UserFile users = open();
        Files.write(file, new byte[] {'a', (byte) 0xff, '\n'});
        Files.setLastModifiedTime(file, FileTime.from(START.minusSeconds(60)));
        clock.advance(SECOND);
        users.look();
        assertEquals("alice", user(users, "alice"));
    }

    @Test
    void keepsItsUsersWhenTheFileVanishes() throws IOException {
        UserFile users = open();
        Files.delete(file);
        clock.advance(SECOND);
        users.look();
        assertEquals("alice", user(users, "alice"));
        clock.advance(SECOND);
        users.look();
        assertEquals("alice", user(users, "alice"));
        write(List.of("zoe"), START.minusSeconds(60));
        clock.advance(SECOND);
        users.look();
        assertEquals("zoe", user(users, "zoe"));
    }

    @Test
    void readsAFileLaterThatCannotBeReadNow() throws IOException {
        UserFile users = open();
        Files.delete(file);
        Files.createDirectory(file);
        clock.advance(SECOND);
        users.look();
        assertEquals("alice", user(users, "alice"));
        clock.advance(SECOND);
        users.look();
        assertEquals("alice", user(users, "alice"));
        Files.delete(file);
        write(List.of("zoe"), START.minusSeconds(60));
        clock.advance(SECOND);
        users.look();
        assertEquals("zoe", user(users, "zoe"));
    }

    private UserFile open() {
        return UserFile.open(List.of(file), LOCAL, clock);
    }

    private static String user(UserFile users, String name) {
        Optional<String> user = users.userOf(ForwardPath.of(name + "@local.example"));
        return user.orElse("");
    }

    /** An editor on a full disk leaves such a file, and all users would be refused for good. */
    @Test
    void takesAFileThatLostItsLastOctetForBroken() throws IOException {
        UserFile users = open();
        Files.write(file, new byte[0]);
        Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
        clock.advance(Duration.ofMinutes(1));
        users.look();
        assertEquals("alice", user(users, "alice"));
        assertFalse(users.lacks(ForwardPath.of("zoe@local.example")));
        write(List.of("# nobody at present"), clock.instant());
        clock.advance(Duration.ofMinutes(1));
        users.look();
        assertEquals("", user(users, "alice"));
        assertTrue(users.lacks(ForwardPath.of("zoe@local.example")));
    }

    private void write(List<String> lines, Instant modified) throws IOException {
        Files.write(file, lines);
        Files.setLastModifiedTime(file, FileTime.from(modified));
    }
}
