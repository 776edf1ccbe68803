package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caravan.testkit.Program;
import dev.caravan.testkit.TwoServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers, and two brokers of which one serves and the other waits for their common store. What a broker had in
 * hand when it is killed is in doubt: a client may hear 451 for a mail that is stored, and a mail that a remote server
 * has may come to it once more.
 */
@Tag("server")
class FailoverPairTest {
    @TempDir
    Path folder;

    @Test
    void deliversAllWhenTheServingBrokerAndOneOfTwoServersAreKilled() throws Exception {
        try (Program serving = broker()) {
            Path addresses = Files.writeString(folder.resolve("addresses"), serving.address());
            // Where the second one listens is known only when it serves; clients read it then.
            String url = "failover:(" + serving.address() + ")?timeout=5000&maxReconnectDelay=500&updateURIsURL="
                    + addresses.toUri();
            try (Program waiting = broker();
                    TwoServers nodes = new TwoServers(folder, url)) {
                nodes.beginLoad();
                assertFalse(waiting.serves());
                serving.kill();
                replace(addresses, waiting.address());
                nodes.awaitMore(60);
                nodes.first().kill();
                nodes.awaitMore(40);
                nodes.endLoad();
                nodes.awaitDelivered();
                nodes.requireAtMost(3 * TwoServers.CONCURRENCY);
            }
        }
    }

    private Program broker() throws IOException {
        return Program.caravan("broker", folder.resolve("broker"), Map.of("broker.listen", "tcp://127.0.0.1:0"));
    }

    private static void replace(Path file, String text) throws IOException {
        Path whole = Files.writeString(file.resolveSibling("addresses.new"), text);
        Files.move(whole, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }
}
