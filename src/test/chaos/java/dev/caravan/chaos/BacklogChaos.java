package dev.caravan.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.Caravan;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.FreePort;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.Load;
import dev.caravan.testkit.Program;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very much deferred mail: how fast it goes back when it is due, how fast a server starts and takes mail beside it, and
 * that none of it is moved before its time or long after. {@code -Dbacklog.items=N} for other than a million,
 * {@code -Dbacklog.due=N} for other than 100,000 due at once. The server is a process of its own with 512 MiB of heap.
 */
class BacklogChaos {
    private static final String LOCAL = QueueNames.deliver("local");
    private static final String RETRY = "mail.retry.15m";
    private static final String LONG = "mail.retry.2h";
    private static final int ITEMS = Integer.getInteger("backlog.items", 1_000_000);
    private static final int DUE = Integer.getInteger("backlog.due", 100_000);
    private static final int SOON = 1200;
    private static final int TAKEN_AT_ONCE = 50;
    private static final int EACH_MILLISECOND = 100;
    private static final Duration LATEST = Duration.ofSeconds(20);
    private static final Duration MEASURED = Duration.ofSeconds(Integer.getInteger("backlog.seconds", 15));
    private static final List<String> HEAP =
            List.of("-Xmx512m", "-XX:TieredStopAtLevel=" + Integer.getInteger("backlog.tier", 4));
    private static final List<String> PAUSED = List.of("delivery.paused=true");

    @TempDir
    Path folder;

    @Test
    void movesManyDueMailsAtOnce() throws Exception {
        Path home = folder.resolve("due");
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            fill(RETRY, DUE, Instant.now());
        }
        String broker = "tcp://127.0.0.1:" + FreePort.at("127.0.0.1");
        List<String> settings = List.of(PAUSED.get(0), "broker.listen=" + broker);
        try (Child child = new Child(home, HEAP, settings);
                Connection connection = new BrokerConnections(broker).open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(LOCAL))) {
            long begun = System.nanoTime();
            Duration cpu = child.cpu();
            int taken = 0;
            while (taken < DUE) {
                assertNotNull(consumer.receive(LATEST.toMillis()), taken + " were moved");
                taken++;
                if (taken % TAKEN_AT_ONCE == 0 || taken == DUE) {
                    session.commit();
                }
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            double used = child.cpu().minus(cpu).toMillis();
            System.out.printf(
                    "%d due mails moved and taken in %.1f s: %.0f/s, %.3f ms of CPU each%n",
                    DUE, seconds, DUE / seconds, used / DUE);
            assertEquals(0, child.depth(RETRY) + child.depth(LOCAL));
        }
    }

    @Test
    void startsAndServesBesideAMillionDeferredMails() throws Exception {
        Path empty = folder.resolve("empty");
        double alone;
        try (Child child = new Child(empty, HEAP, PAUSED)) {
            alone = acceptRate(child);
        }
        Path home = folder.resolve("backlog");
        // Enough time to start; these become due one after the other.
        Instant first;
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            first = Instant.now().plus(Duration.ofMinutes(1)).plusMillis(ITEMS / 5);
            for (int i = 0; i < SOON / 100; i++) {
                fill(LONG, 100, first.plusSeconds(i));
            }
            fill(LONG, ITEMS - SOON, Instant.now().plus(Duration.ofHours(2)));
        }
        long begun = System.nanoTime();
        try (Child child = new Child(home, HEAP, PAUSED)) {
            double start = (System.nanoTime() - begun) / 1e9;
            double beside = acceptRate(child);
            long taken = child.depth(LOCAL);
            System.out.printf(
                    "with %d deferred: start %.1f s; accepts %.0f/s, alone %.0f/s (%.2f); peak %d MiB%n",
                    ITEMS, start, beside, alone, beside / alone, child.peakKib() >> 10);
            assertTrue(Instant.now().isBefore(first), "the machine is too slow: all is due already");
            awaitDue(child, first, taken);
            assertEquals(ITEMS - SOON, child.depth(LONG));
        }
    }

    /** The operator's listing says of each mail when it is due: before, after a clean stop, and after a kill. */
    @Test
    void keepsTheDueTimeOfEachOverAStopAndAKill() throws Exception {
        Path home = folder.resolve("restarts");
        Instant first = Instant.now().plus(Duration.ofHours(2)).truncatedTo(ChronoUnit.MILLIS);
        try (TestServer node =
                new TestServer(home).set("delivery.paused", "true").start()) {
            for (int i = 0; i < ITEMS / EACH_MILLISECOND; i++) {
                fill(LONG, EACH_MILLISECOND, first.plusMillis(i));
            }
        }
        Map<Instant, Due> all;
        try (Child child = new Child(home, HEAP, PAUSED)) {
            all = due(home);
            assertEquals(ITEMS / EACH_MILLISECOND, all.size());
            for (int i = 0; i < ITEMS / EACH_MILLISECOND; i++) {
                assertEquals(EACH_MILLISECOND, all.get(first.plusMillis(i)).mails());
            }
            child.kill();
        }
        try (Child child = new Child(home, HEAP, PAUSED)) {
            assertEquals(all, due(home), "after a kill");
            child.stop();
        }
        try (Child child = new Child(home, HEAP, PAUSED)) {
            assertEquals(all, due(home), "after a clean stop");
        }
        System.out.printf("%d mails, %d due times: each kept over a kill and a stop%n", ITEMS, all.size());
    }

    /** The mails that are due at one moment: how many, and what their ids add up to. */
    private record Due(int mails, long ids) {
        Due plus(Due other) {
            return new Due(mails + other.mails, ids + other.ids);
        }
    }

    private static Map<Instant, Due> due(Path home) throws Exception {
        List<String> command = new ArrayList<>(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Caravan.class.getName(), "queue", "list", "--json", "--state", "deferred"));
        command.addAll(List.of("--limit", Integer.toString(ITEMS), "--home", home.toString()));
        Process process = new ProcessBuilder(Program.java(command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Map<Instant, Due> due = new HashMap<>();
        ObjectMapper json = new ObjectMapper();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode item = json.readTree(line);
                due.merge(
                        Instant.parse(item.get("nextAttemptAt").asText()),
                        new Due(1, item.get("id").asText().hashCode()),
                        Due::plus);
            }
        }
        assertEquals(0, process.waitFor());
        return due;
    }

    /** None is moved before its time, and each soon after it. */
    private static void awaitDue(Child child, Instant first, long before) throws IOException {
        Instant last = first.plusSeconds(SOON / 100 - 1);
        while (Instant.now().isBefore(last.plus(LATEST))) {
            long left = child.depth(LONG);
            long moved = child.depth(LOCAL) - before;
            // Asked after the count, so that what became due meanwhile counts.
            assertTrue(moved <= dueAt(first, Instant.now()), moved + " were moved, some too early; left were " + left);
            assertTrue(moved >= dueAt(first, Instant.now().minus(LATEST)), moved + " were moved, others too late");
            LockSupport.parkNanos(200_000_000);
        }
    }

    private static long dueAt(Instant first, Instant now) {
        long seconds = Duration.between(first, now).toSeconds();
        return now.isBefore(first) ? 0 : Math.min(SOON, 100 * (seconds + 1));
    }

    private static double acceptRate(Child child) throws InterruptedException {
        Load load = new Load("<alice@local.test>", 20);
        load.begin(child.smtp());
        // The first mails warm it up.
        LockSupport.parkNanos(MEASURED.toNanos() / 3);
        int before = load.taken();
        long begun = System.nanoTime();
        LockSupport.parkNanos(MEASURED.toNanos());
        double rate = (load.taken() - before) / ((System.nanoTime() - begun) / 1e9);
        load.end();
        return rate;
    }

    private static void fill(String queue, int count, Instant due) throws InterruptedException {
        int threads = count < 10_000 ? 1 : 4;
        List<Thread> fillers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            fillers.add(Threads.start("fill-" + i, () -> put(queue, count / threads, due)));
        }
        for (Thread filler : fillers) {
            filler.join();
        }
    }

    private static void put(String queue, int count, Instant due) {
        try {
            new Stock().due(due).queuedAt(Instant.now()).size(1024).put(queue, count);
        } catch (jakarta.jms.JMSException e) {
            throw new AssertionError(e);
        }
    }
}
