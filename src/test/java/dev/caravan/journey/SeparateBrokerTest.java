package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.testkit.Program;
import dev.caravan.testkit.TwoServers;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers that share one {@code caravan broker}. */
@Tag("server")
class SeparateBrokerTest {
    private static final int TERMINATED = 143;

    @TempDir
    Path folder;

    @Test
    void deliversAllWhenOneOfTwoServersIsKilled() throws Exception {
        try (Program broker = Program.caravan("broker", folder.resolve("broker"), brokerSettings());
                TwoServers nodes = new TwoServers(folder, "failover:(" + broker.address() + ")?timeout=5000")) {
            nodes.beginLoad();
            nodes.first().kill();
            nodes.awaitMore(40);
            nodes.endLoad();
            nodes.awaitDelivered();
            nodes.requireAtMost(TwoServers.CONCURRENCY);
            nodes.requireNothingRefusedArrived();

            assertEquals(TERMINATED, nodes.second().stop());
            assertEquals(TERMINATED, broker.stop());
        }
    }

    private static Map<String, String> brokerSettings() {
        return Map.of("broker.listen", "tcp://127.0.0.1:0");
    }
}
