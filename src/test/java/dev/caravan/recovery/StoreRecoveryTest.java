package dev.caravan.recovery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.StoreScanner;
import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.config.ServerHome;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.TornWrite;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store whose files a power cut, a bad disk or a person has damaged starts again, and says what is lost. */
@Tag("server")
class StoreRecoveryTest {
    private static final String QUEUE = "mail.hold";
    private static final int MESSAGES = 300;
    private static final int SIZE = 900;

    @TempDir
    Path folder;

    private Path home;

    @BeforeEach
    void fill() throws Exception {
        Path first = folder.resolve("first");
        home = folder.resolve("home");
        try (EmbeddedBroker broker = start(first, Map.of())) {
            send(MESSAGES);
            // The image that a power cut leaves: the index is behind the journal.
            copy(first, home);
        }
    }

    private static EmbeddedBroker start(Path where, Map<String, String> more) throws Exception {
        Files.createDirectories(where);
        ServerHome here = new ServerHome(where, Path.of("").toAbsolutePath());
        Map<String, String> settings = new HashMap<>(more);
        settings.put("mail.hostname", "mx.test");
        return EmbeddedBroker.start(here, ServerSettings.load(here, settings, Map.of()), "", () -> {});
    }

    private static void send(int count) throws Exception {
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageProducer producer = session.createProducer(new ActiveMQQueue(QUEUE))) {
            byte[] octets = new byte[SIZE];
            for (int i = 0; i < count; i++) {
                BytesMessage message = session.createBytesMessage();
                message.setIntProperty("number", i);
                new Random(i).nextBytes(octets);
                message.writeBytes(octets);
                producer.send(message);
                session.commit();
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            // The index first: then the journal holds at least what the index knows.
            List<Path> all = new ArrayList<>(files.toList());
            all.sort((a, b) ->
                    Boolean.compare(a.toString().endsWith(".log"), b.toString().endsWith(".log")));
            for (Path file : all) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else if (!file.endsWith("lock")) {
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
    }

    private Path kahadb() {
        return home.resolve("data/broker/kahadb");
    }

    private Path journal() {
        return kahadb().resolve("db-1.log");
    }

    private long end() throws IOException {
        return JournalScan.scan(journal(), 1).end();
    }

    private void write(long at, byte[] octets) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(journal().toFile(), "rw")) {
            file.seek(at);
            file.write(octets);
        }
    }

    private void cut(long length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(journal().toFile(), "rw")) {
            file.setLength(length);
        }
    }

    private static byte[] garbage(int size) {
        byte[] octets = new byte[size];
        new Random(7).nextBytes(octets);
        return octets;
    }

    /** What a start found. */
    private record Start(long depth, List<String> numbers, List<String> warnings, List<String> errors) {}

    private Start start(String... settings) throws Exception {
        Map<String, String> given = new HashMap<>();
        for (String setting : settings) {
            given.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        try (LoggedLines log = new LoggedLines();
                EmbeddedBroker broker = start(home, given)) {
            List<String> warnings = log.of(StoreRecovery.class, Level.WARN);
            List<String> errors = log.of(StoreRecovery.class, Level.ERROR);
            long depth = depth(broker);
            List<String> numbers = read(broker);
            assertEquals(numbers.size(), depth);
            return new Start(depth, numbers, warnings, errors);
        }
    }

    private static long depth(EmbeddedBroker broker) throws Exception {
        Destination queue = broker.service().getDestination(new ActiveMQQueue(QUEUE));
        return queue.getDestinationStatistics().getMessages().getCount();
    }

    /** Reads all from the store; what has another content than was sent fails. */
    private static List<String> read(EmbeddedBroker broker) throws Exception {
        List<String> numbers = new ArrayList<>();
        new StoreScanner(broker.service()).scan((queue, message) -> {
            try {
                BytesMessage bytes = (BytesMessage) message;
                int number = bytes.getIntProperty("number");
                byte[] octets = new byte[SIZE];
                byte[] expected = new byte[SIZE];
                bytes.readBytes(octets);
                new Random(number).nextBytes(expected);
                assertArrayEquals(expected, octets);
                numbers.add(Integer.toString(number));
            } catch (JMSException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(numbers.size(), numbers.stream().distinct().count(), "doubled");
        return numbers;
    }

    private void assertQuiet(long depth) throws Exception {
        Start again = start();
        assertEquals(depth, again.depth);
        assertEquals(List.of(), again.warnings);
        assertEquals(List.of(), again.errors);
    }

    @Test
    void aWholeStoreStartsWithoutAWord() throws Exception {
        assertQuiet(MESSAGES);
        assertFalse(Files.exists(home.resolve("data/broker/damaged")));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 22, 100, 388})
    void aTornEndIsOneWarning(int octets) throws Exception {
        long end = end();
        cut(end - octets);
        Start start = start();
        assertTrue(start.depth >= MESSAGES - 1, "left: " + start.depth);
        assertEquals(List.of(), start.errors);
        assertEquals(1, start.warnings.size(), start.warnings.toString());
        assertTrue(start.warnings.get(0).contains("db-1.log"), start.warnings.toString());
        assertEquals(0, new DamageReports(home.resolve("data")).recordsLost());
        assertQuiet(start.depth);
    }

    @Test
    void aZeroedEndIsOneWarning() throws Exception {
        long end = end();
        write(end - 400, new byte[410]);
        Start start = start();
        assertTrue(start.depth >= MESSAGES - 1, "left: " + start.depth);
        assertEquals(List.of(), start.errors);
        assertEquals(1, start.warnings.size(), start.warnings.toString());
        assertQuiet(start.depth);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aWriteThatWasCutInHalfIsOneWarning(long seed) throws Exception {
        int octets = TornWrite.leave(kahadb(), new Random(seed));
        Start start = start();
        assertEquals(MESSAGES, start.depth);
        assertEquals(List.of(), start.errors);
        assertEquals(1, start.warnings.size(), start.warnings.toString());
        assertTrue(start.warnings.get(0).contains(" " + octets + " octets"), start.warnings.toString());
        assertQuiet(MESSAGES);
    }

    @Test
    void garbageBehindTheEndIsOneWarning() throws Exception {
        write(end(), garbage(5000));
        Start start = start();
        assertEquals(MESSAGES, start.depth);
        assertEquals(List.of(), start.errors);
        assertEquals(1, start.warnings.size(), start.warnings.toString());
        assertQuiet(MESSAGES);
    }

    @Test
    void damageInTheMiddleIsAnErrorWithACopy() throws Exception {
        long middle = end() / 2;
        byte[] damage = garbage(4096);
        write(middle, damage);
        Start start = start();
        long lost = MESSAGES - start.depth;
        assertTrue(lost >= 2 && lost <= 6, "left: " + start.depth);
        assertEquals(1, start.errors.size(), start.errors.toString());
        DamageReports reports = new DamageReports(home.resolve("data"));
        assertTrue(reports.recordsLost() >= 1, "reported: " + reports.recordsLost());
        assertTrue(reports.warning().isPresent());
        assertTrue(copies().stream().anyMatch(copy -> contains(copy, damage)), "a copy holds the damaged octets");
        assertQuiet(start.depth);
        assertTrue(reports.warning().isPresent(), "until an operator moves it away");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 10, 16, 18, 22})
    void aDamagedHeaderLosesItsBatchAlone(int octet) throws Exception {
        long batch = batch(MESSAGES / 2);
        write(batch + octet, new byte[] {(byte) 0x1f});
        Start start = start();
        assertTrue(start.depth >= MESSAGES - 2, "left: " + start.depth);
        assertEquals(1, start.errors.size(), start.errors.toString());
        assertQuiet(start.depth);
    }

    @Test
    void twoPlacesAreReportedTogether() throws Exception {
        write(batch(50) + 40, garbage(10));
        write(batch(200) + 40, garbage(10));
        cut(end() - 7);
        Start start = start();
        assertTrue(start.depth >= MESSAGES - 5, "left: " + start.depth);
        assertEquals(1, start.errors.size(), start.errors.toString());
        assertQuiet(start.depth);
    }

    @Test
    void damageTwiceIsReportedTwice() throws Exception {
        write(batch(50) + 40, garbage(10));
        Start first = start();
        long reported = new DamageReports(home.resolve("data")).recordsLost();
        write(batch(200) + 40, garbage(10));
        Start second = start();
        assertEquals(1, second.errors.size(), second.errors.toString());
        assertTrue(second.depth <= first.depth && second.depth >= first.depth - 1, "left: " + second.depth);
        assertTrue(new DamageReports(home.resolve("data")).recordsLost() > reported);
        assertQuiet(second.depth);
    }

    @Test
    void anIndexThatIsGoneIsMadeAnew() throws Exception {
        Files.delete(kahadb().resolve("db.data"));
        assertQuiet(MESSAGES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4096, 8192, 12_000})
    void aDamagedIndexIsMadeAnew(int octet) throws Exception {
        try (EmbeddedBroker broker = start(home, Map.of())) {
            checkpoint(broker);
        }
        try (RandomAccessFile file =
                new RandomAccessFile(kahadb().resolve("db.data").toFile(), "rw")) {
            file.seek(octet);
            file.write(garbage(4096));
        }
        Start start = start();
        assertEquals(MESSAGES, start.depth);
        assertEquals(List.of(), start.errors);
        assertQuiet(MESSAGES);
    }

    /** A store of several small files, of which the index knows all messages. */
    private void fillSmallFiles() throws Exception {
        home = folder.resolve("small");
        Files.createDirectories(home.resolve("broker-config"));
        String config = Files.readString(Path.of("broker-config/activemq.xml")).replace("32mb", "128kb");
        Files.writeString(home.resolve("broker-config/activemq.xml"), config);
        try (EmbeddedBroker broker = start(home, Map.of())) {
            send(MESSAGES);
            checkpoint(broker);
        }
        assertTrue(Files.exists(kahadb().resolve("db-3.log")));
    }

    private static void checkpoint(EmbeddedBroker broker) throws Exception {
        ((KahaDBPersistenceAdapter) broker.service().getPersistenceAdapter()).checkpoint(true);
    }

    private Path lastFile() {
        int number = 1;
        while (Files.exists(kahadb().resolve("db-" + (number + 1) + ".log"))) {
            number++;
        }
        return kahadb().resolve("db-" + number + ".log");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aJournalFileThatIsGoneIsRefusedUntilItIsAccepted(boolean last) throws Exception {
        fillSmallFiles();
        Path gone = last ? lastFile() : kahadb().resolve("db-2.log");
        Files.move(gone, folder.resolve("kept.log"));
        Map<Path, Long> before = times();
        Exception refused = assertThrows(IllegalStateException.class, () -> start());
        assertTrue(refused.getMessage().contains("broker.accept-lost-journal"), refused.getMessage());
        assertThrows(IllegalStateException.class, () -> start());
        assertEquals(before, times(), "nothing is changed by that");
        Files.copy(folder.resolve("kept.log"), gone);
        assertEquals(MESSAGES, start().depth);
        Files.delete(gone);
        Start accepted = start("broker.accept-lost-journal=true");
        assertTrue(accepted.depth < MESSAGES);
        assertQuiet(accepted.depth);
    }

    private Map<Path, Long> times() throws IOException {
        Map<Path, Long> times = new HashMap<>();
        try (Stream<Path> files = Files.list(kahadb())) {
            for (Path file : files.filter(path -> !path.endsWith("lock")).toList()) {
                times.put(file, Files.getLastModifiedTime(file).toMillis());
            }
        }
        return times;
    }

    @Test
    void damageInAnOlderFileIsCounted() throws Exception {
        fillSmallFiles();
        try (RandomAccessFile file =
                new RandomAccessFile(kahadb().resolve("db-2.log").toFile(), "rw")) {
            file.seek(60_000);
            file.write(garbage(4096));
        }
        Start start = start();
        long lost = MESSAGES - start.depth;
        assertTrue(lost >= 2 && lost <= 6, "left: " + start.depth);
        assertEquals(1, start.errors.size(), start.errors.toString());
        assertEquals(lost, new DamageReports(home.resolve("data")).recordsLost());
        assertQuiet(start.depth);
    }

    @Test
    void anOlderFileThatIsCutOrWipedIsCounted() throws Exception {
        fillSmallFiles();
        try (RandomAccessFile file =
                new RandomAccessFile(kahadb().resolve("db-2.log").toFile(), "rw")) {
            file.setLength(100_000);
        }
        Files.write(kahadb().resolve("db-1.log"), new byte[128 * 1024]);
        Start start = start();
        assertTrue(start.depth > MESSAGES / 4 && start.depth < MESSAGES * 3 / 4, "left: " + start.depth);
        assertEquals(1, start.errors.size(), start.errors.toString());
        long reported = new DamageReports(home.resolve("data")).recordsLost();
        assertTrue(Math.abs(MESSAGES - start.depth - reported) <= 3, start.depth + " left, reported: " + reported);
        assertQuiet(start.depth);
    }

    @Test
    void theEndOfAJournalThatTheIndexKnowsIsAnError() throws Exception {
        fillSmallFiles();
        Path last = lastFile();
        Files.write(last, new byte[128 * 1024]);
        Start start = start();
        assertTrue(start.depth < MESSAGES);
        assertEquals(1, start.errors.size(), start.errors.toString());
        assertQuiet(start.depth);
    }

    @Test
    void anEmptyFolderIsRefusedUntilItIsAcceptedOnce() throws Exception {
        start();
        empty(kahadb());
        assertThrows(IllegalStateException.class, () -> start());
        empty(home.resolve("data"));
        assertThrows(IllegalStateException.class, () -> start());
        assertEquals(0, start("broker.accept-lost-journal=true").depth);
        empty(home.resolve("data"));
        assertThrows(IllegalStateException.class, () -> start("broker.accept-lost-journal=true"));
        assertThrows(IllegalStateException.class, () -> start());
        assertEquals(0, start("broker.accept-lost-journal=true").depth);
    }

    @Test
    void aPermissionThatWasNotNeededIsUsedAllTheSame() throws Exception {
        assertEquals(MESSAGES, start("broker.accept-lost-journal=true").depth);
        empty(home.resolve("data"));
        assertThrows(IllegalStateException.class, () -> start("broker.accept-lost-journal=true"));
    }

    @Test
    void aDataFolderThatWasRemovedMeansANewStore() throws Exception {
        start();
        OwnerOnlyFolders.remove(home.resolve("data"));
        assertEquals(0, start().depth);
    }

    @Test
    void damageBesideAMissingFileIsRefused() throws Exception {
        fillSmallFiles();
        Files.delete(kahadb().resolve("db-1.log"));
        Path damaged = kahadb().resolve("db-2.log");
        try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
            file.seek(20_000);
            file.write(garbage(100));
        }
        byte[] before = Files.readAllBytes(damaged);
        assertThrows(IllegalStateException.class, () -> start());
        assertArrayEquals(before, Files.readAllBytes(damaged));
    }

    private long batch(int index) throws IOException {
        byte[] octets = Files.readAllBytes(journal());
        byte[] begin = {0, 0, 0, 28, 2, 'W', 'R', 'I', 'T', 'E'};
        int found = -1;
        for (int i = 0; i < octets.length - begin.length; i++) {
            if (java.util.Arrays.equals(octets, i, i + begin.length, begin, 0, begin.length)) {
                found++;
                if (found == index) {
                    return i;
                }
            }
        }
        throw new AssertionError("only " + found + " batches");
    }

    private static void empty(Path folder) throws IOException {
        OwnerOnlyFolders.remove(folder);
        Files.createDirectories(folder);
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve("data/broker/damaged"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("db-1.log."))
                    .toList();
        }
    }

    private static boolean contains(Path file, byte[] octets) {
        try {
            String all = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
            return all.contains(new String(octets, java.nio.charset.StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
