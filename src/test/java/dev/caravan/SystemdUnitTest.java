package dev.caravan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The unit that is shipped, as systemd judges it. */
class SystemdUnitTest {
    private static final Path UNIT = Path.of("docs/systemd/caravan.service");

    @Test
    void exposesLittle() throws Exception {
        // A tenth each; as much as the documentation says is 16.
        Process process = start("security", "--offline=true", "--threshold=19", UNIT.toString());
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), said);
    }

    private static Process start(String... arguments) {
        try {
            String[] command = new String[arguments.length + 1];
            command[0] = "systemd-analyze";
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "without systemd-analyze");
            throw new AssertionError(e);
        }
    }

    @Test
    void leavesWhatTheServerNeeds() throws IOException {
        String unit = Files.readString(UNIT);
        assertTrue(unit.contains("AmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
        assertTrue(unit.contains("StateDirectory=caravan\n"));
        assertTrue(!unit.contains("\nMemoryDenyWriteExecute"), "Java compiles while it runs");
    }
}
