package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.server.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ports of a broker are refused, and which addresses get no password. */
class BrokerPortsTest {
    private static final Map<String, String> LOGIN = Map.of("broker.user", "mail", "broker.password-file", "password");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "tcp://127.0.0.1:61616, false",
        "nio://localhost:0, false",
        "tcp://[::1]:61616, false",
        "ssl://127.0.0.1:61616, false",
        "ssl://0.0.0.0:61617, true",
        "nio+ssl://192.0.2.1:61617?wireFormat.maxInactivityDuration=10000, true"
    })
    void acceptsLoopbackAddressesAndTlsWithALogin(String listen, boolean hasLogin) {
        assertDoesNotThrow(() -> BrokerPorts.requireSafe(listen, hasLogin, settings(Map.of())));
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://0.0.0.0:61616, false, without TLS and a login",
        "tcp://192.0.2.1:61616, true, without TLS (",
        "nio://[::]:61616, true, without TLS (",
        "ssl://0.0.0.0:61616, false, without a login",
        "nio+ssl://192.0.2.1:0, false, without a login",
        "tcp://no-such-host.invalid:0, false, without TLS and a login"
    })
    void refusesWhatOthersReachWithoutTlsOrALogin(String listen, boolean hasLogin, String why) {
        InvalidSettingsException refused = assertThrows(
                InvalidSettingsException.class, () -> BrokerPorts.requireSafe(listen, hasLogin, settings(Map.of())));

        String text = String.valueOf(refused.getMessage());
        assertTrue(text.contains(why), text);
        for (String setting : new String[] {"ssl://", "broker.user", "broker.password-file", "broker.allow-open"}) {
            assertTrue(text.contains(setting), text);
        }
        assertDoesNotThrow(
                () -> BrokerPorts.requireSafe(listen, hasLogin, settings(Map.of("broker.allow-open", "true"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ssl://192.0.2.1:61617",
                "failover:(ssl://192.0.2.1:61617,nio+ssl://192.0.2.2:61617)?timeout=5000",
                "failover:(tcp://127.0.0.1:61616,ssl://[2001:db8::1]:61617)",
                "tcp://[::1]:61616"
            })
    void sendsPasswordsUnderTlsOrOnThisMachine(String url) {
        assertDoesNotThrow(() -> BrokerPorts.requireSecret(url, settings(Map.of())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp://192.0.2.1:61616",
                "failover:(ssl://192.0.2.1:61617,tcp://192.0.2.2:61616)?timeout=5000",
                "failover:(nio://[2001:db8::1]:61617)"
            })
    void sendsNoPasswordInClearToOtherMachines(String url) {
        assertThrows(InvalidSettingsException.class, () -> BrokerPorts.requireSecret(url, settings(Map.of())));
        assertDoesNotThrow(() -> BrokerPorts.requireSecret(url, settings(Map.of("broker.allow-open", "true"))));
    }

    @Test
    void checksNameAndPassword() throws Exception {
        Files.writeString(folder.resolve("password"), "secret word \nnot this\n");
        BrokerLogin login = BrokerLogin.of(home(), settings(LOGIN)).orElseThrow();

        assertTrue(login.isSame("mail", "secret word"));
        assertFalse(login.isSame("mail", "secret"));
        assertFalse(login.isSame("Mail", "secret word"));
        assertFalse(login.isSame(null, "secret word"));
        assertFalse(login.isSame("mail", null));
        assertFalse(login.toString().contains("secret"));
        assertEquals(Optional.empty(), BrokerLogin.of(home(), settings(Map.of())));
    }

    @Test
    void refusesHalfALogin() throws Exception {
        Files.writeString(folder.resolve("password"), "\n");
        assertThrows(InvalidSettingsException.class, () -> BrokerLogin.of(home(), settings(LOGIN)));
        assertThrows(
                InvalidSettingsException.class, () -> BrokerLogin.of(home(), settings(Map.of("broker.user", "mail"))));
        assertThrows(
                InvalidSettingsException.class,
                () -> BrokerLogin.of(home(), settings(Map.of("broker.password-file", "password"))));
        assertThrows(
                InvalidSettingsException.class,
                () -> BrokerLogin.of(
                        home(), settings(Map.of("broker.user", "mail", "broker.password-file", "missing"))));
    }

    private ServerHome home() {
        return new ServerHome(folder, Path.of(""));
    }

    private Settings settings(Map<String, String> given) throws IOException {
        return ServerSettings.load(home(), given, Map.of());
    }
}
