package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueItem;
import dev.caravan.source.sql.OutboxTable;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs insert mail into a table, and each goes out once, whatever happens to us in between. */
@Tag("server")
class SqlOutboxTest {
    private static final String LOCAL = "mail.deliver.local";
    private static final int ROWS = 150;

    @TempDir
    Path folder;

    private Server server;
    private String url;
    private Connection program;

    @BeforeEach
    void makeTable() throws SQLException {
        // A server, so that the table outlives whoever is killed.
        server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists").start();
        url = "jdbc:h2:tcp://localhost:" + server.getPort() + "/mem:shop;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=30000";
        program = DriverManager.getConnection(url, "sa", "");
        make("mail_outbox", "CLOB");
    }

    @AfterEach
    void stop() throws SQLException {
        program.createStatement().execute("SHUTDOWN");
        server.stop();
    }

    /** The table of docs/sources.md. */
    private void make(String name, String content) throws SQLException {
        try (var statement = program.createStatement()) {
            statement.execute("CREATE TABLE " + name + " ("
                    + "id VARCHAR(100) PRIMARY KEY, content " + content + " NOT NULL, content_type VARCHAR(100), "
                    + "mail_from VARCHAR(320), rcpt_to VARCHAR(4000), subject VARCHAR(1000), envid VARCHAR(100), "
                    + "state VARCHAR(10) DEFAULT 'new' NOT NULL, claimed_by VARCHAR(36), mail_id VARCHAR(16), "
                    + "reason VARCHAR(400))");
        }
    }

    private void insert(String columns, String... values) throws SQLException {
        String marks = "?,".repeat(values.length).replaceFirst(",$", "");
        try (PreparedStatement insert =
                program.prepareStatement("INSERT INTO mail_outbox (" + columns + ") VALUES (" + marks + ")")) {
            for (int i = 0; i < values.length; i++) {
                insert.setString(i + 1, values[i]);
            }
            insert.executeUpdate();
        }
    }

    private void insertText(String id, String subject) throws SQLException {
        insert(
                "id, mail_from, rcpt_to, subject, content",
                id,
                "Shop <shop@far.test>",
                "alice@local.test, bob@local.test",
                subject,
                "hello\n");
    }

    private String column(String name, String id) {
        try (PreparedStatement select = program.prepareStatement("SELECT " + name + " FROM mail_outbox WHERE id = ?")) {
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? String.valueOf(row.getString(1)) : "gone";
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private int count(String state) {
        try (PreparedStatement select = program.prepareStatement("SELECT COUNT(*) FROM mail_outbox WHERE state = ?")) {
            select.setString(1, state);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private int number(String sql) {
        try (var statement = program.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var statement = program.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private TestServer node() {
        return new TestServer(folder)
                .set("delivery.paused", "true")
                .set("sql.url", url)
                .set("sql.user", "sa")
                .ticking();
    }

    private static String content(QueueItem item) throws Exception {
        try (var in = item.mail().content().open()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void takesTextsJsonAndWholeMails() throws Exception {
        insert(
                "id, mail_from, rcpt_to, subject, envid, content",
                "1",
                "Shop <shop@far.test>",
                "alice@local.test, bob@local.test",
                "order",
                "order-1",
                "hello\n");
        insert("id, content", "2", "{\"from\": \"a@far.test\", \"to\": \"alice@local.test\", \"subject\": \"json\"}");
        insert("id, content", "3", "From: a@far.test\nTo: alice@local.test\nSubject: whole\n\nhello\n");
        try (TestServer node = node().start()) {
            Await.until("all are taken", () -> count("stored") == 3);
            List<QueueItem> items = node.items(LOCAL);
            assertEquals(3, items.size());
            MailObject first = items.get(0).mail();
            assertEquals("SQL", first.arrival().protocol());
            assertEquals("shop@far.test", first.envelope().reversePath().address());
            assertEquals(2, first.envelope().recipients().size());
            assertEquals(Optional.of("order-1"), first.envelope().parameters().envelopeId());
            assertEquals(column("mail_id", "1"), first.id().text());
            assertTrue(content(items.get(0)).contains("Subject: order\r\n"));
            assertTrue(content(items.get(1)).contains("Subject: json\r\n"));
            assertTrue(content(items.get(2)).contains("Subject: whole\r\n"));
        }
    }

    @Test
    void takesOctets() throws Exception {
        make("octets", "BLOB");
        try (PreparedStatement insert = program.prepareStatement("INSERT INTO octets (id, content) VALUES ('1', ?)")) {
            insert.setBytes(
                    1, "From: a@far.test\nTo: alice@local.test\n\nh\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
            insert.executeUpdate();
        }
        try (TestServer node = node().set("sql.table", "octets").start()) {
            Await.until("it is stored", () -> node.hasQueue(LOCAL) && node.depth(LOCAL) == 1);
            assertTrue(content(node.items(LOCAL).get(0)).endsWith("h\u00e9\r\n"));
        }
    }

    @Test
    void takesOctetsOfEveryKind() throws Exception {
        make("octets", "BLOB");
        try (PreparedStatement insert = program.prepareStatement(
                "INSERT INTO octets (id, content, mail_from, rcpt_to, subject) VALUES (?, ?, ?, ?, ?)")) {
            insertOctets(
                    insert, "1", "{\"from\": \"a@far.test\", \"to\": \"alice@local.test\", \"text\": \"x\"}", null);
            insertOctets(insert, "2", "gr\u00fc\u00dfe", "text");
            insertOctets(insert, "3", "From: a@far.test\n\nwhole\n", null);
        }
        try (TestServer node = node().set("sql.table", "octets").start()) {
            Await.until("they are taken", () -> node.hasQueue(LOCAL) && node.depth(LOCAL) == 3);
        }
    }

    private static void insertOctets(PreparedStatement insert, String id, String content, String subject)
            throws SQLException {
        insert.setString(1, id);
        insert.setBytes(2, content.getBytes(StandardCharsets.UTF_8));
        insert.setString(3, "a@far.test");
        insert.setString(4, "alice@local.test");
        insert.setString(5, subject);
        insert.executeUpdate();
    }

    @Test
    void takesRowsWithIdsOfEveryType() throws Exception {
        for (String type :
                List.of("UUID DEFAULT RANDOM_UUID()", "BIGINT AUTO_INCREMENT", "BINARY(16) DEFAULT RANDOM_UUID()")) {
            String table = "ids_" + type.substring(0, 3);
            make(table, "CLOB");
            execute("ALTER TABLE " + table + " DROP COLUMN id");
            execute("ALTER TABLE " + table + " ADD COLUMN id " + type + " PRIMARY KEY");
            for (int i = 0; i < 2; i++) {
                execute("INSERT INTO " + table + " (mail_from, rcpt_to, subject, content) VALUES "
                        + "('a@far.test', 'alice@local.test', 'x', 'hello')");
            }
            try (TestServer node = node().set("sql.table", table).start()) {
                Await.until("they are taken", () -> node.hasQueue(LOCAL) && node.depth(LOCAL) == 2);
                Await.until(
                        "they are marked",
                        () -> number("SELECT COUNT(*) FROM " + table + " WHERE state = 'stored'") == 2);
                node.clear(LOCAL);
            }
        }
    }

    @Test
    void marksWhatIsNoMailWithTheReason() throws Exception {
        insert("id, content", "1", "Subject: nobody\n\n");
        insert("id, content, content_type", "2", "x", "image/png");
        insertText("3", "good");
        try (TestServer node = node().start()) {
            Await.until("all are done", () -> count("new") == 0);
            assertEquals("no sender (expected: from, or a field Sender or From)", column("reason", "1"));
            assertTrue(column("reason", "2").startsWith("contentType image/png"), column("reason", "2"));
            assertEquals(List.of("invalid", "invalid", "stored"), states("1", "2", "3"));
            assertEquals(1, node.depth(LOCAL));
        }
    }

    private List<String> states(String... ids) {
        List<String> states = new ArrayList<>();
        for (String id : ids) {
            states.add(column("state", id));
        }
        return states;
    }

    @Test
    void sendsNothingAgainThatWasStoredBeforeTheRowWasMarked() throws Exception {
        insertText("1", "one");
        try (TestServer node = node()) {
            node.start();
            Await.until("it is taken", () -> count("stored") == 1);
            String mailId = column("mail_id", "1");
            node.stop();
            // As if we had died between the two.
            execute("UPDATE mail_outbox SET state = 'new', mail_id = NULL");
            node.start();
            Await.until("it is marked", () -> count("stored") == 1);
            assertEquals(mailId, column("mail_id", "1"));
            assertEquals(1, node.depth(LOCAL));
        }
    }

    @Test
    void refusesAnotherMailWithAnIdThatWasUsed() throws Exception {
        insertText("1", "one");
        try (TestServer node = node().start()) {
            Await.until("it is taken", () -> count("stored") == 1);
            execute("DELETE FROM mail_outbox");
            insertText("1", "two");
            Await.until("it is refused", () -> count("invalid") == 1);
            assertTrue(column("reason", "1").startsWith("another mail had this name before"));
            assertEquals(1, node.depth(LOCAL));
        }
    }

    @Test
    void keepsARowThatCannotBeStoredNow() throws Exception {
        try (TestServer node = node().set("content.inline-limit", "1").start()) {
            Path spool = folder.resolve("data/spool");
            java.nio.file.Files.delete(spool);
            insertText("1", "one");
            Await.until("it is claimed", () -> !column("claimed_by", "1").equals("null"));
            assertEquals("new", column("state", "1"));
            java.nio.file.Files.createDirectory(spool);
            Await.until("it is taken", () -> count("stored") == 1);
            assertEquals(1, node.depth(LOCAL));
        }
    }

    @Test
    void twoServersNeverHaveTheSameRowInHand() throws Exception {
        insertText("1", "one");
        OutboxTable.Access access = new OutboxTable.Access(url, "sa", "", "mail_outbox");
        try (OutboxTable one = new OutboxTable(access, "one", 1000);
                OutboxTable two = new OutboxTable(access, "two", 1000)) {
            OutboxTable.Waiting row = one.waiting(10).get(0);
            one.claim(List.of(row));
            assertTrue(one.lock(row));
            OutboxTable.Waiting seen = two.waiting(10).get(0);
            assertEquals(Optional.of("one"), seen.owner());
            CompletableFuture<Boolean> other = CompletableFuture.supplyAsync(() -> {
                try {
                    return two.lock(seen);
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            });
            one.finish(row, "stored", Optional.of("X"), Optional.empty());
            assertFalse(other.get());
        }
    }

    @Test
    void losesAndDoublesNothingWhenItIsKilled() throws Exception {
        for (int i = 0; i < ROWS; i++) {
            insertText("row " + i, "number " + i);
        }
        List<String> settings = List.of("delivery.paused=true", "sql.url=" + url, "sql.user=sa");
        for (int kill = 1; kill <= 3; kill++) {
            int enough = kill * ROWS / 5;
            try (Child child = new Child(folder, List.of(), settings)) {
                Await.until("some are taken", () -> count("stored") >= enough);
                child.kill();
            }
        }
        try (TestServer node = node().start()) {
            Await.until("all are taken", () -> count("stored") == ROWS);
            assertEquals(ROWS, node.depth(LOCAL));
            Set<String> ids = new HashSet<>();
            for (QueueItem item : node.items(LOCAL)) {
                ids.add(item.mail().id().text());
            }
            assertEquals(ROWS, ids.size());
        }
    }
}
