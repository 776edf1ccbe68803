package dev.caravan.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.receive.SmtpSettings;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A setting that says of itself that a running server takes a change over is read by a part that does so. */
@Tag("server")
class LiveSettingsTest {
    @TempDir
    Path folder;

    @Test
    void everyLiveSettingIsReadWhenSettingsChange() throws Exception {
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        Settings settings = ServerSettings.load(home, Map.of(), Map.of());
        Set<Setting<?>> read = new HashSet<>();
        try (ServerAssembly parts = new ServerAssembly(
                home, settings, Optional.empty(), SmtpSettings.listeners(settings), TestOverrides.none())) {
            parts.reconfigure(settings.recording(read));
        }
        List<String> unread = ServerSettings.CATALOG.settings().stream()
                .filter(setting -> setting.isLive() && !read.contains(setting))
                .map(Setting::key)
                .toList();
        assertEquals(List.of(), unread);
    }
}
