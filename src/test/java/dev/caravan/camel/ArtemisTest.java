package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers, as they are, that share a broker of ActiveMQ Artemis. */
class ArtemisTest {
    private static final int TERMINATED = 143;

    @TempDir
    Path folder;

    @Test
    void deliversAllWhenOneOfTwoServersIsKilled() throws Exception {
        try (Program broker = Artemis.start(folder.resolve("artemis"));
                TwoNodes nodes = new TwoNodes(folder, "failover:(" + broker.address() + ")?timeout=5000")) {
            nodes.beginLoad();
            nodes.first().kill();
            nodes.awaitMore(40);
            nodes.endLoad();
            nodes.awaitDelivered();
            nodes.requireAtMost(TwoNodes.CONCURRENCY);
            nodes.requireNothingRefusedArrived();

            assertEquals(TERMINATED, nodes.second().stop());
        }
    }
}
