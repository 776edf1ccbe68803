package dev.caravan.chaos;

import dev.caravan.net.FreePort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A broker of its own goes away under load and comes back on the same folder and port. The server is never restarted:
 * it answers 451 meanwhile and goes on by itself. What peers take meanwhile it knows, and sends nothing twice.
 */
class BrokerChaos {
    private static final int CLIENTS = 8;
    private static final int CONCURRENCY = 8;
    private static final int WARM = 10;
    private static final int SMALL = 2000;
    private static final Duration STORE_TIMEOUT = Duration.ofSeconds(3);
    /** For a reply to come after its time limit, on a machine that is busy. */
    private static final Duration SLACK = Duration.ofSeconds(15);

    private static final List<String> RECIPIENTS = List.of("x@far.test", "alice@local.test");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private int port;
    private ChaosPeer peer;
    private ServerProgram broker;

    @BeforeEach
    void start() throws Exception {
        peer = new ChaosPeer();
        port = FreePort.at("127.0.0.1");
        broker = startBroker();
    }

    private ServerProgram startBroker() throws Exception {
        return ServerProgram.broker(folder.resolve("broker"), Map.of("broker.listen", "tcp://127.0.0.1:" + port));
    }

    @AfterEach
    void end() throws Exception {
        broker.close();
        peer.close();
    }

    private interface Ending {
        void end(ServerProgram broker) throws Exception;
    }

    @Test
    void goesOnAfterTheBrokerWasKilled() throws Exception {
        rounds("broker: SIGKILL (failover)", "failover:(tcp://127.0.0.1:%d)", ServerProgram::kill);
    }

    @Test
    void goesOnAfterTheBrokerWasStopped() throws Exception {
        rounds("broker: clean stop (failover)", "failover:(tcp://127.0.0.1:%d)", ServerProgram::stop);
    }

    @Test
    void goesOnAfterTheBrokerWasKilledWithoutFailover() throws Exception {
        rounds("broker: SIGKILL (tcp)", "tcp://127.0.0.1:%d", ServerProgram::kill);
    }

    private void rounds(String name, String url, Ending ending) throws Exception {
        ChaosHome home = new ChaosHome(folder.resolve("server"))
                .set("delivery.smarthost", peer.hostAndPort())
                .set("delivery.max-in-hand", Integer.toString(CONCURRENCY))
                .set("broker.url", url.formatted(port))
                .set("broker.store-timeout", STORE_TIMEOUT.toSeconds() + "s");
        try (ServerProgram server = home.start()) {
            Rounds.run(name, (ledger, random, id) -> {
                round(
                        ledger,
                        random,
                        new Senders(ledger, id, RECIPIENTS, Senders.octets(SMALL)),
                        () -> {
                            ending.end(broker);
                        },
                        server);
                ChaosHome.drain(broker);
                home.collect(ledger);
                Duration wait = Duration.ofMillis(ledger.account().tally().longestWait());
                if (wait.compareTo(STORE_TIMEOUT.plus(SLACK)) > 0) {
                    ledger.complain("a client waited " + wait + " for a reply");
                }
            });
        }
    }

    private interface Outage {
        void begin() throws Exception;
    }

    private void round(Ledger ledger, Random random, Senders senders, Outage outage, ServerProgram server)
            throws Exception {
        int patience = random.nextInt(20);
        peer.serve(ledger, (step, talk) -> {
            if (step == ChaosPeer.Step.END) {
                TimeUnit.MILLISECONDS.sleep(patience);
            }
            talk.usual();
        });
        senders.begin(server.smtp(), CLIENTS);
        senders.awaitLoad(WARM, random.nextLong(TimeUnit.SECONDS.toNanos(2)));
        outage.begin();
        LockSupport.parkNanos(random.nextLong(TimeUnit.SECONDS.toNanos(5)));
        broker = startBroker();
        senders.awaitLoad(ledger.acknowledged() + WARM, 0);
        senders.end();
    }
}
