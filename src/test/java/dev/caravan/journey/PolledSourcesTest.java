package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ServerHome;
import dev.caravan.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources are there when their settings are, and a mistake in these is found before a server starts. */
@Tag("server")
class PolledSourcesTest {
    private static final Map<String, String> MAILBOX = Map.of(
            "mailbox.server", "imaps://mail.test",
            "mailbox.user", "box",
            "mailbox.password-file", "password",
            "mailbox.to", "alice@local.test");

    @TempDir
    Path folder;

    private List<String> check(Map<String, String> settings, String... others) throws Exception {
        Files.writeString(folder.resolve("users"), "alice\n");
        Files.writeString(folder.resolve("password"), "secret\n");
        Map<String, String> all = new HashMap<>(settings);
        for (int i = 0; i < others.length; i += 2) {
            all.put(others[i], others[i + 1]);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        ConfigurationCheck.check(home, all, Map.of(), new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static void assertFound(List<String> lines, String words) {
        assertTrue(lines.stream().anyMatch(line -> line.contains(words)), lines.toString());
    }

    @Test
    void areNotThereWithoutTheirSettings() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            for (String route : List.of("collect-rows", "collect-records", "collect-mailbox")) {
                assertNull(node.node().camel().getRoute(route), route);
            }
            for (String component : List.of("kafka", "imaps", "imap", "pop3")) {
                assertNull(node.node().camel().hasComponent(component), component);
            }
        }
    }

    @Test
    void areFineWithTheirSettings() throws Exception {
        assertEquals(List.of("configuration ok"), check(MAILBOX));
        assertEquals(List.of("configuration ok"), check(Map.of("kafka.brokers", "kafka.test:9092")));
        assertEquals(List.of("configuration ok"), check(Map.of("sql.url", "jdbc:h2:mem:nobody")));
    }

    @Test
    void areRefusedWithSettingsThatCannotWork() throws Exception {
        assertFound(check(MAILBOX, "mailbox.to", ""), "(expected: one of both)");
        assertFound(check(MAILBOX, "mailbox.to", "nobody"), "malformed address in to");
        assertFound(check(MAILBOX, "mailbox.password-file", "missing"), "mailbox.password-file: cannot read");
        assertFound(
                check(MAILBOX, "mailbox.server", "pop3s://mail.test", "mailbox.keep", "true"),
                "mailbox.keep: POP3 has no mark");
        assertFound(check(Map.of("sql.url", "jdbc:nobody:x")), "sql.url: no driver for jdbc:nobody:x");
        assertFound(check(Map.of("sql.table", "a; DROP TABLE b")), "sql.table=a; DROP TABLE b");
    }
}
