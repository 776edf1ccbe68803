package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.housekeeping.SpoolSweeper;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.Load;
import dev.caravan.testkit.Load.Fate;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server is killed under load, again and again, and started on the same folder. {@code -Dcrash.rounds=20} kills it
 * more often.
 */
@Tag("server")
class CrashTest {
    private static final int ROUNDS = Integer.getInteger("crash.rounds", 3);
    private static final int CLIENTS = 5;
    private static final int CONCURRENCY = 4;
    /** Mails that must have been taken before a kill, so that it comes under load. */
    private static final int WARM = 10;

    @TempDir
    Path home;

    private final Random random = new Random();

    @Test
    void deliversEveryMailThatGot250ExactlyOnceAcrossKills() throws Exception {
        Load load = new Load("<alice@local.test>", CLIENTS);
        for (int round = 0; round < ROUNDS; round++) {
            killUnderLoad(load, round, List.of());
        }
        finish(List.of());

        Map<String, Integer> arrived = arrived();
        for (String subject : load.subjects(Fate.TAKEN)) {
            assertEquals(1, arrived.getOrDefault(subject, 0), subject + " got 250");
        }
        for (String subject : load.subjects(Fate.UNKNOWN)) {
            assertTrue(arrived.getOrDefault(subject, 0) <= 1, subject + " was doubled");
        }
        for (String subject : load.subjects(Fate.REFUSED)) {
            assertEquals(0, arrived.getOrDefault(subject, 0), subject + " was refused");
        }
        long orphans = spoolFiles();
        assertTrue(orphans <= load.subjects(Fate.UNKNOWN).size(), orphans + " spool files are left");
        sweep();
        assertEquals(0, spoolFiles());
    }

    @Test
    void doublesForRemoteServersOnlyWhatWasInHandWhenItWasKilled() throws Exception {
        try (FakeMailServer sink = new FakeMailServer()) {
            List<String> settings =
                    List.of("delivery.smarthost=" + sink.address(), "delivery.max-in-hand=" + CONCURRENCY);
            Load load = new Load("<someone@far.test>", CLIENTS);
            for (int round = 0; round < ROUNDS; round++) {
                killUnderLoad(load, round, settings);
            }
            finish(settings);

            for (String subject : load.subjects(Fate.TAKEN)) {
                assertTrue(sink.count(subject) >= 1, subject + " got 250");
            }
            Set<String> known = new TreeSet<>(load.subjects(Fate.TAKEN));
            known.addAll(load.subjects(Fate.UNKNOWN));
            assertTrue(known.containsAll(sink.subjects()), "what was refused was sent on");
            int copies = sink.count() - sink.subjects().size();
            assertTrue(copies <= ROUNDS * CONCURRENCY, copies + " copies");
        }
    }

    private void killUnderLoad(Load load, int round, List<String> settings) throws Exception {
        try (Child child = new Child(home, List.of("-Xmx256m"), settings)) {
            int before = load.taken();
            load.begin(child.smtp());
            Await.until("mail is taken", () -> load.taken() >= before + WARM);
            int more = random.nextInt(150);
            Await.until("more mail is taken", () -> load.taken() >= before + WARM + more);
            if (round % 2 == 0) {
                child.kill();
            } else {
                child.halt();
            }
            load.end();
        }
    }

    private void finish(List<String> settings) throws Exception {
        try (Child child = new Child(home, List.of("-Xmx256m"), settings)) {
            Await.until("all queues are empty", () -> child.open() == 0);
            child.stop();
        }
    }

    private Map<String, Integer> arrived() throws IOException {
        Map<String, Integer> arrived = new HashMap<>();
        try (Stream<Path> mails = Files.list(home.resolve("data/maildir/alice/new"))) {
            for (Path mail : mails.toList()) {
                try (Stream<String> lines = Files.lines(mail)) {
                    String subject = lines.filter(line -> line.startsWith("Subject: "))
                            .findFirst()
                            .orElseThrow();
                    arrived.merge(subject.substring("Subject: ".length()), 1, Integer::sum);
                }
            }
        }
        return arrived;
    }

    private long spoolFiles() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("data/spool"))) {
            return files.count();
        }
    }

    /** What the sweep does a day later. */
    private void sweep() throws Exception {
        MovingClock clock = new MovingClock(java.time.Instant.now());
        try (TestServer node = new TestServer(home).with(clock).start()) {
            clock.advance(java.time.Duration.ofHours(2));
            SpoolSweeper sweeper =
                    node.node().camel().getRegistry().lookupByNameAndType("spoolSweeper", SpoolSweeper.class);
            sweeper.sweepWhenDue();
            sweeper.sweepWhenDue();
        }
    }
}
