package dev.caravan.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.housekeeping.RetentionSettings;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.server.ServerSettings;
import dev.caravan.settle.ReportSettings;
import dev.caravan.source.sendmail.SendmailSettings;
import dev.caravan.steps.PolicySettings;
import dev.caravan.store.MessageSettings;
import dev.caravan.testkit.TestServer;
import dev.caravan.transport.DeliverySettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("server")
class SettingsTest {
    @TempDir
    Path folder;

    @Test
    void takesTheDefaultWithoutAnyOther() throws IOException {
        Settings settings = load(Map.of(), Map.of());
        assertEquals("127.0.0.1:2525", SmtpSettings.listeners(settings).toString());
        assertEquals(Duration.ofDays(7), settings.get(RetentionSettings.BOUNCED_RETENTION));
        assertEquals(256 * 1024, settings.get(MessageSettings.INLINE_LIMIT));
        assertEquals("127.0.0.0/8, ::1/128", settings.text(MailSettings.RELAY_NETWORKS));
    }

    @Test
    void prefersSetToEnvironmentToFileToDefault() throws IOException {
        assertEquals("4h", load(Map.of(), Map.of()).text(ReportSettings.DELAY_WARNING));
        Files.writeString(folder.resolve("caravan.properties"), "mail.warn-after = 3h \n");
        assertEquals("3h", load(Map.of(), Map.of()).text(ReportSettings.DELAY_WARNING));
        Map<String, String> environment = Map.of("MAIL_WARN_AFTER", "2h");
        assertEquals("2h", load(Map.of(), environment).text(ReportSettings.DELAY_WARNING));
        assertEquals("1h", load(Map.of("mail.warn-after", "1h"), environment).text(ReportSettings.DELAY_WARNING));
    }

    @Test
    void readsTheFileOfTheDistributionIfTheHomeHasNone() throws IOException {
        Path distribution = Files.createDirectories(folder.resolve("distribution"));
        Files.writeString(distribution.resolve("caravan.properties"), "mail.max-hops=7\n");
        ServerHome home = new ServerHome(folder, distribution);
        assertEquals("7", ServerSettings.load(home, Map.of(), Map.of()).text(PolicySettings.MAX_HOPS));
        Files.writeString(folder.resolve("caravan.properties"), "");
        assertEquals("30", ServerSettings.load(home, Map.of(), Map.of()).text(PolicySettings.MAX_HOPS));
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

    @Test
    void takesEachSettingByItsFormerKey() throws IOException {
        Map<String, String> values = Map.of(
                "mail.confirm", "never",
                "mail.warn-after", "2h",
                "mail.keep-bounced", "3d",
                "smtp.answer-timeout", "7s",
                "http.remember", "3h",
                "mailbox.every", "9s",
                "delivery.end-timeout", "11m",
                "deliver.paused", "true",
                "delivery.concurrency", "70");
        Set<String> former = new TreeSet<>();
        for (Setting<?> setting : ServerSettings.CATALOG.settings()) {
            for (String key : setting.formerKeys()) {
                former.add(key);
                String value = values.get(key);
                String variable = key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
                assertTaken(setting, key, value, load(Map.of(key, value), Map.of()));
                assertTaken(setting, key, value, load(Map.of(), Map.of(variable, value)));
                Files.writeString(folder.resolve("caravan.properties"), key + "=" + value + "\n");
                assertTaken(setting, key, value, load(Map.of(), Map.of()));
                Files.delete(folder.resolve("caravan.properties"));
            }
        }
        assertEquals(values.keySet(), former);
    }

    private static void assertTaken(Setting<?> setting, String formerKey, String value, Settings settings) {
        assertEquals(setting.type().read(value).orElseThrow(), settings.get(setting), formerKey);
        // Routes may use both names.
        assertEquals(value, settings.all().get(formerKey));
        assertEquals(value, settings.all().get(setting.key()));
        assertEquals(1, settings.warnings().size(), settings.warnings().toString());
        String warning = settings.warnings().get(0).toString();
        assertTrue(warning.endsWith(": " + formerKey + " is now called " + setting.key()), warning);
    }

    @Test
    void givesRoutesTheDefaultByBothNames() throws IOException {
        Map<String, String> all = load(Map.of(), Map.of()).all();
        assertEquals("false", all.get("delivery.paused"));
        assertEquals("false", all.get("deliver.paused"));
    }

    @Test
    void refusesBothNamesOfASettingWithDifferentValues() throws IOException {
        Map<String, String> both = Map.of("mail.confirm", "never", "dsn.success", "always");
        InvalidSettingsException e = assertThrows(InvalidSettingsException.class, () -> load(both, Map.of()));
        assertEquals(
                "--set: mail.confirm=never, and dsn.success=always, are the same setting (expected: only dsn.success)",
                e.getMessage());
        Map<String, String> same = Map.of("mail.confirm", "never", "dsn.success", "never");
        assertEquals(SuccessReports.NEVER, load(same, Map.of()).get(ReportSettings.SUCCESS));
    }

    @Test
    void prefersSetToTheFileByWhicheverName() throws IOException {
        Files.writeString(folder.resolve("caravan.properties"), "delivery.paused=true\n");
        assertEquals(false, load(Map.of("deliver.paused", "false"), Map.of()).get(DeliverySettings.PAUSED));
        Files.writeString(folder.resolve("caravan.properties"), "deliver.paused=true\n");
        assertEquals(false, load(Map.of("delivery.paused", "false"), Map.of()).get(DeliverySettings.PAUSED));
    }

    /** The prefixes of new names may be in use for keys of the operator's own. */
    @Test
    void keepsKeysOfOthersThatBeginAsANewName() throws IOException {
        assertEquals(
                "orders", load(Map.of("queue.orders", "orders"), Map.of()).all().get("queue.orders"));
        InvalidSettingsException e =
                assertThrows(InvalidSettingsException.class, () -> load(Map.of("dsn.sucess", "never"), Map.of()));
        assertTrue(e.getMessage().contains("is dsn.success meant?"), e.getMessage());
    }

    @Test
    void hasNoFolderIfItsNameIsBlank() throws IOException {
        assertEquals(Optional.of("sendmail"), load(Map.of(), Map.of()).get(SendmailSettings.FOLDER));
        assertEquals(
                Optional.empty(), load(Map.of("sendmail.folder", ""), Map.of()).get(SendmailSettings.FOLDER));
    }

    @Test
    void saysTheReasonAndTheExpectationOnce() {
        assertEquals(
                "--set: mail.relay-networks=10.0.0.1/8: 10.0.0.1/8 has bits set behind its prefix (expected: 10.0.0.0/8)",
                assertThrows(
                                InvalidSettingsException.class,
                                () -> load(Map.of("mail.relay-networks", "10.0.0.1/8"), Map.of()))
                        .getMessage());
    }

    private void assertBad(String key, String value, String expected) {
        InvalidSettingsException e = assertThrows(
                InvalidSettingsException.class, () -> load(Map.of(key, value), Map.of()), key + "=" + value);
        for (String part : List.of(key, value, expected)) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private Settings load(Map<String, String> overrides, Map<String, String> environment) throws IOException {
        return ServerSettings.load(new ServerHome(folder, folder.resolve("none")), overrides, environment);
    }
}
