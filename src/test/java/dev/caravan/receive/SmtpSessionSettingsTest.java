package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.server.ServerSettings;
import dev.caravan.session.SessionLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmtpSessionSettingsTest {
    @TempDir
    Path folder;

    private SessionLimits limits(Map<String, String> given) throws IOException {
        Settings settings = ServerSettings.load(new ServerHome(folder, folder), given, Map.of());
        return SmtpSessionSettings.limits(settings);
    }

    @Test
    void theDefaultsOfTheSettingsAreThoseOfTheSession() throws IOException {
        assertEquals(SessionLimits.DEFAULT, limits(Map.of()));
    }

    @Test
    void eachSettingReachesItsLimit() throws IOException {
        SessionLimits limits = limits(Map.of(
                "smtp.max-connections", "11",
                "smtp.max-connections-per-address", "12",
                "smtp.max-errors", "13",
                "smtp.max-junk-commands", "14",
                "smtp.max-recipients", "115",
                "smtp.idle-timeout", "16s",
                "smtp.command-timeout", "17s",
                "smtp.policy-timeout", "18s"));
        assertEquals(new SessionLimits.Connections(11, 12), limits.connections());
        assertEquals(new SessionLimits.Patience(13, 14), limits.patience());
        assertEquals(115, limits.mail().recipients());
        assertEquals(Duration.ofSeconds(16), limits.times().idle());
        assertEquals(Duration.ofSeconds(17), limits.times().command());
        assertEquals(Duration.ofSeconds(18), limits.times().answer());
    }
}
