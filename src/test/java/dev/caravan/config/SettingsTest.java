package dev.caravan.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path folder;

    @Test
    void takesTheDefaultWithoutAnyOther() throws IOException {
        Settings settings = load(Map.of(), Map.of());
        assertEquals("127.0.0.1:2525", settings.smtpListeners().toString());
        assertEquals(Duration.ofDays(7), settings.duration(Setting.KEEP_BOUNCED));
        assertEquals(256 * 1024, settings.octets(Setting.INLINE_LIMIT));
        assertEquals("127.0.0.0/8, ::1/128", settings.text(Setting.RELAY_NETWORKS));
    }

    @Test
    void prefersSetToEnvironmentToFileToDefault() throws IOException {
        assertEquals("4h", load(Map.of(), Map.of()).text(Setting.WARN_AFTER));
        Files.writeString(folder.resolve("caravan.properties"), "mail.warn-after = 3h \n");
        assertEquals("3h", load(Map.of(), Map.of()).text(Setting.WARN_AFTER));
        Map<String, String> environment = Map.of("MAIL_WARN_AFTER", "2h");
        assertEquals("2h", load(Map.of(), environment).text(Setting.WARN_AFTER));
        assertEquals("1h", load(Map.of("mail.warn-after", "1h"), environment).text(Setting.WARN_AFTER));
    }

    @Test
    void readsTheFileOfTheDistributionIfTheHomeHasNone() throws IOException {
        Path distribution = Files.createDirectories(folder.resolve("distribution"));
        Files.writeString(distribution.resolve("caravan.properties"), "mail.max-hops=7\n");
        ServerHome home = new ServerHome(folder, distribution);
        assertEquals("7", Settings.load(home, Map.of(), Map.of()).text(Setting.MAX_HOPS));
        Files.writeString(folder.resolve("caravan.properties"), "");
        assertEquals("30", Settings.load(home, Map.of(), Map.of()).text(Setting.MAX_HOPS));
    }

    @Test
    void refusesUnknownKeysOfOurs() {
        InvalidSettingsException e =
                assertThrows(InvalidSettingsException.class, () -> load(Map.of("smtp.lissten", "x"), Map.of()));
        assertTrue(e.getMessage().contains("smtp.lissten"), e.getMessage());
    }

    @Test
    void refusesUnknownKeysInTheFile() throws IOException {
        Files.writeString(folder.resolve("caravan.properties"), "content.max-sise=1\n");
        InvalidSettingsException e = assertThrows(InvalidSettingsException.class, () -> load(Map.of(), Map.of()));
        assertTrue(e.getMessage().contains("content.max-sise"), e.getMessage());
    }

    @Test
    void keepsKeysOfOthersForTheRoutes() throws IOException {
        assertEquals("jdbc:x", load(Map.of("crm.url", "jdbc:x"), Map.of()).all().get("crm.url"));
    }

    @Test
    void namesListenersThatNobodyServes() throws IOException {
        assertEquals(
                List.of("smtps.listen"),
                load(Map.of("smtps.listen", ":8025"), Map.of()).unserved());
    }

    @Test
    void saysWhatWasGotAndExpected() {
        assertBad("smtp.max-errors", "many", "a whole number from 1 to 1000000");
        assertBad("smtp.max-errors", "0", "a whole number from 1 to 1000000");
        assertBad("smtp.max-errors", "1000001", "a whole number from 1 to 1000000");
        assertBad("content.max-size", "50MB", "a size from");
        assertBad("content.max-size", "0", "a size from");
        assertBad("mail.warn-after", "4", "15m");
        assertBad("smtp.listen", "2525", "port");
        assertBad("deliver.paused", "yes", "true or false");
        assertBad("mail.hostname", "no host", "");
        assertBad("mail.local-domains", "a.test, -b", "domain");
    }

    @Test
    void aServerDoesNotStartWithABadSetting() {
        Map<String, String> bad = Map.of(
                "mail.confirm", "sometimes",
                "delivery.port", "0",
                "delivery.smarthost", "host:port",
                "dns.servers", "1.2.3.4:dns",
                "mail.relay-networks", "10.0.0.0/33",
                "content.inline-limit", "2GiB",
                "broker.max-disk-use", "101");
        bad.forEach((key, value) -> {
            TestServer node = new TestServer(folder.resolve(key)).set(key, value);
            Exception e = assertThrows(Exception.class, node::start, key);
            assertTrue(e instanceof InvalidSettingsException, key + ": " + e);
            assertTrue(e.getMessage().contains(key) && e.getMessage().contains(value), e.getMessage());
        });
    }

    private void assertBad(String key, String value, String expected) {
        InvalidSettingsException e = assertThrows(
                InvalidSettingsException.class, () -> load(Map.of(key, value), Map.of()), key + "=" + value);
        for (String part : List.of(key, value, expected)) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private Settings load(Map<String, String> overrides, Map<String, String> environment) throws IOException {
        return Settings.load(new ServerHome(folder, folder.resolve("none")), overrides, environment);
    }
}
