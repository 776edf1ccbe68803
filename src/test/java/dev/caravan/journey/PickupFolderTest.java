package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueItem;
import dev.caravan.source.file.PickupFolder;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs leave mail in a folder, and each goes out once, whatever happens to us in between. */
@Tag("server")
class PickupFolderTest {
    private static final String LOCAL = "mail.deliver.local";
    private static final int FILES = 150;

    @TempDir
    Path folder;

    private Path pickup;

    @BeforeEach
    void makeFolder() throws IOException {
        pickup = Files.createDirectories(folder.resolve("pickup"));
    }

    private TestServer node() {
        return new TestServer(folder)
                .set("delivery.paused", "true")
                .set("pickup.folder", "pickup")
                .set("pickup.keep", "true")
                .ticking();
    }

    /** As a program should: written under another name, then renamed. */
    private void put(String name, String mail) throws IOException {
        Path written = Files.writeString(pickup.resolve("." + name + ".tmp"), mail);
        Files.setLastModifiedTime(written, FileTime.from(Instant.now().minus(Duration.ofMinutes(1))));
        Files.move(written, pickup.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static String mail(String subject) {
        return "From: a@far.test\nTo: alice@local.test\nBcc: bob@local.test\nSubject: " + subject + "\n\nhello\n";
    }

    private List<String> names(String part) throws IOException {
        Path where = pickup.resolve(part);
        if (!Files.isDirectory(where)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(where)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private int count(String part) {
        try {
            return names(part).size();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void takesFilesAndSetsAsideWhatIsNoMail() throws Exception {
        put("good.eml", mail("one"));
        put("bad.eml", "Subject: no sender\n\n");
        put("other.txt", mail("two"));
        put(".hidden.eml", mail("three"));
        Path secret = Files.writeString(folder.resolve("secret"), mail("secret"));
        Files.createSymbolicLink(pickup.resolve("link.eml"), secret);
        try (TestServer node = node().start()) {
            Await.until("all are taken", () -> count("done") == 1 && count("invalid") == 2 && node.depth(LOCAL) == 1);
            MailObject mail = node.items(LOCAL).get(0).mail();
            assertEquals(2, mail.envelope().recipients().size());
            assertEquals("FILE", mail.arrival().protocol());
            assertTrue(names("done").get(0).endsWith("-good.eml"), names("done").toString());
            String bad = names("invalid").get(0);
            assertTrue(bad.endsWith("-bad.eml"), bad);
            assertEquals(
                    "no sender (expected: from, or a field Sender or From)\n",
                    Files.readString(pickup.resolve("invalid").resolve(bad + ".reason")));
            assertTrue(Files.exists(pickup.resolve("other.txt")));
            assertTrue(Files.exists(pickup.resolve("link.eml")));
            assertEquals(1, node.depth(LOCAL));
        }
    }

    /** A name in another encoding than the locale's: in none of them can it be expressed by characters. */
    private void putNamed(String octets, String mail) throws Exception {
        Path written = Files.writeString(pickup.resolve(".written"), mail);
        Process rename = new ProcessBuilder("sh", "-c", "mv .written \"$(printf '" + octets + "')\"")
                .directory(pickup.toFile())
                .start();
        assertEquals(0, rename.waitFor());
        assertFalse(Files.exists(written));
    }

    @Test
    void takesFilesWithNamesThatTheLocaleCannotExpress() throws Exception {
        putNamed("gr\\366\\337e.eml", mail("one"));
        putNamed("gr\\303\\266\\303\\237e.eml", mail("two"));
        putNamed("schl\\366cht.eml", "Subject: no sender\n\n");
        put("plain.eml", mail("three"));
        try (TestServer node = node().start()) {
            Await.until("all are taken", () -> count("done") == 3 && count("invalid") == 2 && node.depth(LOCAL) == 3);
            assertTrue(
                    names("done").stream().allMatch(name -> name.matches("[!-~]+[.]eml")),
                    names("done").toString());
        }
    }

    private PickupFolder watched(AtomicLong nanos) {
        return new PickupFolder(pickup, false, () -> false, () -> {}, nanos::get);
    }

    @Test
    void leavesAFileAloneThatGrowsWithAnOldTime() throws Exception {
        AtomicLong nanos = new AtomicLong();
        Path file = pickup.resolve("slow.eml");
        try (PickupFolder watched = watched(nanos)) {
            for (int line = 0; line < 5; line++) {
                Files.writeString(file, "line\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
                assertEquals(List.of(), watched.claim());
                nanos.addAndGet(Duration.ofSeconds(1).toNanos());
                assertEquals(List.of(), watched.claim());
                nanos.addAndGet(Duration.ofMillis(999).toNanos());
            }
            nanos.addAndGet(Duration.ofSeconds(2).toNanos());
            assertEquals(1, watched.claim().size());
        }
    }

    @Test
    void takesAFileWhoseTimeIsInTheFuture() throws Exception {
        AtomicLong nanos = new AtomicLong();
        Path file = Files.writeString(pickup.resolve("future.eml"), mail("one"));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plus(Duration.ofDays(400))));
        try (PickupFolder watched = watched(nanos)) {
            assertEquals(List.of(), watched.claim());
            nanos.addAndGet(Duration.ofSeconds(2).toNanos());
            assertEquals(1, watched.claim().size());
        }
    }

    @Test
    void keepsAFileThatGrewAfterItWasSent() throws Exception {
        AtomicLong nanos = new AtomicLong();
        Files.writeString(pickup.resolve("slow.eml"), "12345");
        try (PickupFolder watched = watched(nanos)) {
            watched.claim();
            nanos.addAndGet(Duration.ofSeconds(2).toNanos());
            Path claimed = watched.claim().get(0);
            Files.writeString(claimed, "678", StandardOpenOption.APPEND);
            watched.done(claimed, 5);
            assertEquals(2, count("invalid"));
            String reason = Files.readString(pickup.resolve("invalid").resolve(claimed.getFileName() + ".reason"));
            assertTrue(reason.startsWith("it was sent when it had 5 octets, and has 8 now"), reason);
        }
    }

    @Test
    void claimsMoreThanItReturnsAtATime() throws Exception {
        AtomicLong nanos = new AtomicLong();
        for (int i = 0; i < 250; i++) {
            put(i + ".eml", mail("one"));
        }
        try (PickupFolder watched = watched(nanos)) {
            watched.claim();
            nanos.addAndGet(Duration.ofSeconds(2).toNanos());
            int claimed = 0;
            for (int look = 0; look < 3; look++) {
                for (Path file : watched.claim()) {
                    watched.done(file, Files.size(file));
                    claimed++;
                }
            }
            assertEquals(250, claimed);
            assertEquals(List.of(".lock"), names("."));
        }
    }

    @Test
    void takesABurstWithFewInHand() throws Exception {
        for (int i = 0; i < 300; i++) {
            put(i + ".eml", i % 100 == 50 ? "Subject: no sender\n\n" : mail("one"));
        }
        try (TestServer node = node().set("sources.max-in-hand", "3")
                .set("sources.max-in-hand-size", "1KiB")
                .start()) {
            Await.until(
                    "all are taken", () -> count("done") == 297 && count("invalid") == 6 && node.depth(LOCAL) == 297);
            assertEquals(List.of(), names("claimed"));
            assertEquals(List.of(".lock"), names("."));
        }
    }

    @Test
    void worksWithTheRouteOfEarlierVersions() throws Exception {
        put("good.eml", mail("one"));
        put("bad.eml", "Subject: no sender\n\n");
        OwnRoutes own = new OwnRoutes(folder);
        Files.createDirectories(folder.resolve("routes/sources"));
        own.write("sources/pickup", """
                    - route:
                        id: collect-files
                        routeConfigurationId: source-failures
                        from:
                          uri: timer:pickup
                          parameters:
                            period: 1000
                            fixedRate: false
                            synchronous: true
                          steps:
                            - bean:
                                ref: pickupFolder
                                method: claim
                            - split:
                                expression:
                                  simple:
                                    expression: "${body}"
                                steps:
                                  - process:
                                      ref: claimedFile
                                  - to:
                                      uri: direct:submit
                    """);
        try (TestServer node = node().start()) {
            Await.until("all are taken", () -> count("done") == 1 && count("invalid") == 2 && node.depth(LOCAL) == 1);
        }
    }

    @Test
    void sendsNothingAgainThatWasStoredBeforeTheFileWent() throws Exception {
        put("good.eml", mail("one"));
        try (TestServer node = node()) {
            node.start();
            Await.until("it is taken", () -> count("done") == 1);
            node.stop();
            // As if we had died before the file went.
            Path done = pickup.resolve("done").resolve(names("done").get(0));
            Files.move(done, pickup.resolve("claimed").resolve(done.getFileName()));
            node.start();
            Await.until("it goes", () -> count("done") == 1);
            assertEquals(1, node.depth(LOCAL));
        }
    }

    @Test
    void keepsAFileThatCannotBeStoredNow() throws Exception {
        try (TestServer node = node().set("content.inline-limit", "1").start()) {
            Path spool = folder.resolve("data/spool");
            Files.delete(spool);
            put("good.eml", mail("one"));
            Await.until("it is claimed", () -> count("claimed") == 1);
            assertEquals(0, count("invalid"));
            Files.createDirectory(spool);
            Await.until("it is taken", () -> count("done") == 1);
            assertEquals(1, node.depth(LOCAL));
            assertFalse(Files.exists(pickup.resolve("good.eml")));
        }
    }

    @Test
    void losesAndDoublesNothingWhenItIsKilled() throws Exception {
        for (int i = 0; i < FILES; i++) {
            put(i + ".eml", mail("number " + i));
        }
        List<String> settings = List.of("delivery.paused=true", "pickup.folder=pickup", "pickup.keep=true");
        for (int kill = 1; kill <= 3; kill++) {
            int enough = kill * FILES / 5;
            try (Child child = new Child(folder, List.of(), settings)) {
                Await.until("some are taken", () -> count("done") >= enough);
                child.kill();
            }
        }
        try (TestServer node = node().start()) {
            Await.until("all are taken", () -> count("done") == FILES);
            assertEquals(FILES, node.depth(LOCAL));
            Set<String> subjects = new HashSet<>();
            for (QueueItem item : node.items(LOCAL)) {
                try (var in = item.mail().content().open()) {
                    subjects.add(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII)
                            .replaceAll("(?s).*Subject: (number \\d+).*", "$1"));
                }
            }
            assertEquals(FILES, subjects.size());
        }
    }
}
