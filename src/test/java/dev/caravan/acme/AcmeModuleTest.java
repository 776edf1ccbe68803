package dev.caravan.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.tls.PemReader;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an operator sets is checked before anything is ordered. */
@Isolated("reads the log")
class AcmeModuleTest {
    private static final Map<String, String> GOOD = Map.of(
            "acme.directory", "https://ca.example/directory",
            "acme.agree-terms", "true",
            "acme.listen", "127.0.0.1:0",
            "mail.hostname", "mx.example.org");

    @TempDir
    private Path home;

    private AcmeModule module(Map<String, String> changes) throws Exception {
        Map<String, String> all = new HashMap<>(GOOD);
        all.putAll(changes);
        ServerHome folders = new ServerHome(home, home);
        Settings settings = Settings.load(ServerSettings.CATALOG, folders, all, Map.of());
        return new AcmeModule(folders, settings, home.resolve("data"), MovingClock.now(), new Random(1));
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(
                        Map.of("acme.agree-terms", "false"), "acme.agree-terms: the authority issues certificates"),
                Arguments.of(Map.of("acme.listen", ""), "acme.listen: given neither here nor by acme.dns.server"),
                Arguments.of(
                        Map.of("acme.dns.server", "192.0.2.53", "acme.dns.key-file", "key"),
                        "acme.listen: given with acme.dns.server"),
                Arguments.of(
                        Map.of("acme.dns.server", "192.0.2.53", "acme.listen", ""), "acme.dns.key-file: is missing"),
                Arguments.of(
                        Map.of("acme.dns.server", "192.0.2.53", "acme.listen", "", "acme.dns.key-file", "none"),
                        "acme.dns.key-file: cannot read "),
                Arguments.of(
                        Map.of("acme.dns.server", "192.0.2.53", "acme.listen", "", "acme.dns.key-file", "key"),
                        "has no TSIG key (expected: key \"NAME\""),
                Arguments.of(
                        Map.of("mail.hostname", "localhost"), "mail.hostname: no certificate is issued for localhost"),
                Arguments.of(
                        Map.of("acme.names", "mx.example.org, [192.0.2.1]"), "acme.names: no certificate is issued"),
                Arguments.of(Map.of("acme.account-id", "kid"), "acme.account-id: needs acme.account-key-file"),
                Arguments.of(
                        Map.of("acme.account-id", "kid", "acme.account-key-file", "key"), "acme.account-key-file: "),
                Arguments.of(Map.of("acme.ca-file", "key"), "acme.ca-file: "),
                Arguments.of(Map.of("acme.directory", ""), "acme.listen: has no effect without acme.directory"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void saysWhatIsWrong(Map<String, String> changes, String expected) throws Exception {
        Files.writeString(home.resolve("key"), "c2VjcmV0 is no key\n");
        InvalidSettingsException refused = assertThrows(
                InvalidSettingsException.class, () -> module(changes).close());
        assertTrue(refused.getMessage().contains(expected), refused.getMessage());
        assertFalse(refused.getMessage().contains("c2VjcmV0"), refused.getMessage());
        assertFalse(Files.exists(home.resolve("data")));
    }

    @Test
    void acceptsOnlyTlsBeyondThisMachine() {
        assertThrows(
                InvalidSettingsException.class, () -> module(Map.of("acme.directory", "http://ca.example/directory")));
    }

    @Test
    void doesNothingWithoutADirectory() throws Exception {
        try (AcmeModule module = module(Map.of("acme.directory", "", "acme.listen", ""))) {
            module.begin();
            assertFalse(module.isUsed());
        }
        assertFalse(Files.exists(home.resolve("data")));
    }

    @Test
    void warnsOfASecretThatOthersCanRead() throws Exception {
        Path key = Files.writeString(home.resolve("tsig"), FakeZone.KEY);
        Map<String, String> dns =
                Map.of("acme.dns.server", "192.0.2.53", "acme.listen", "", "acme.dns.key-file", "tsig");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
        try (LoggedLines log = new LoggedLines();
                AcmeModule module = module(dns)) {
            assertTrue(module.isUsed());
            assertEquals(1, log.of(AcmeModule.class, Level.WARN).size());
        }
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        try (LoggedLines log = new LoggedLines();
                AcmeModule module = module(dns)) {
            assertTrue(module.isUsed());
            assertEquals(List.of(), log.of(AcmeModule.class, Level.WARN));
        }
    }

    @Test
    void ordersOnAThreadOfItsOwn() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (FakeAuthority authority = new FakeAuthority(MovingClock.now());
                AcmeModule module =
                        module(Map.of("acme.directory", authority.directory(), "acme.listen", "127.0.0.1:" + port))) {
            authority.httpPort = port;
            module.begin();
            Path pair = home.resolve("data").resolve(AcmeModule.PAIR);
            Await.until("the certificate", () -> Files.exists(pair));
            assertTrue(PemReader.read(pair, pair, Optional.empty()).isFor("mx.example.org"));
            Await.until("it is known", () -> module.ends().isPresent());
            assertEquals(0, module.failures());
        }
    }
}
