package dev.caravan.chaos;

import dev.caravan.net.FreePort;
import dev.caravan.testkit.Await;
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
 * The server or its broker is killed, or hosts drop connections, while thousands of deliveries to slow hosts are in hand.
 * None is lost, and of those in hand when the server was killed at most one in a hundred is sent twice: those whose last
 * reply had come and was not settled. {@code -Dslow.mails=N} for other than 3,000 in a round.
 */
class SlowWorldChaos {
    private static final int MAILS = Integer.getInteger("slow.mails", 3000);
    private static final int CLIENTS = 20;
    private static final int SMALL = 1000;
    private static final int OFTEN = 10_000;
    /** How much of what is in hand may be sent twice after a kill. */
    private static final double DOUBLED = 0.01;

    private static final Duration DELAY = Duration.ofSeconds(4);
    private static final Duration RETRY = Duration.ofSeconds(1);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private SlowWorld world;
    private ChaosHome home;

    @BeforeEach
    void start() throws Exception {
        world = new SlowWorld(DELAY);
        home = new ChaosHome(folder.resolve("server"))
                .retry(RETRY, OFTEN)
                .set("delivery.port", Integer.toString(world.port()))
                .set("dns.servers", world.dns());
    }

    @AfterEach
    void end() throws Exception {
        world.close();
    }

    private Senders begin(Ledger ledger, String id, ServerProgram server, int droppingOneOf) {
        world.serve(ledger, droppingOneOf);
        Senders senders = new Senders(ledger, id, () -> List.of(SlowWorld.anyone()), Senders.octets(SMALL)).most(MAILS);
        senders.begin(server.smtp(), CLIENTS);
        return senders;
    }

    /** Until most of the mails are in hand, and a random time more. */
    private int awaitInHand(Random random) {
        Await.until("thousands are in hand", () -> world.inHand() > MAILS / 2);
        LockSupport.parkNanos(random.nextLong(TimeUnit.SECONDS.toNanos(10)));
        return world.inHand();
    }

    @Test
    void doublesFewWhenKilledWithThousandsInHand() throws Exception {
        ServerProgram[] server = {home.start()};
        try {
            Rounds.run("kill: slow world", (ledger, random, id) -> {
                Senders senders = begin(ledger, id, server[0], 0);
                int inHand = awaitInHand(random);
                long from = System.nanoTime();
                server[0].kill();
                // A host may reply before it hears that the connection has ended.
                long to = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                ledger.killed(from, to, Math.max(1, (int) (DOUBLED * inHand)));
                senders.end();
                server[0] = home.start();
                ChaosHome.drain(server[0]);
                long doubled = ledger.account().tally().explained();
                System.out.printf(
                        "killed with %d in hand: %d sent twice (%.2f %%)%n", inHand, doubled, 100.0 * doubled / inHand);
            });
        } finally {
            server[0].close();
        }
    }

    @Test
    void keepsResultsWhenTheBrokerIsKilledWithThousandsInHand() throws Exception {
        int port = FreePort.at("127.0.0.1");
        Path store = folder.resolve("broker");
        Map<String, String> settings = Map.of("broker.listen", "tcp://127.0.0.1:" + port);
        home.set("broker.url", "failover:(tcp://127.0.0.1:" + port + ")?maxReconnectDelay=500&timeout=5000");
        ServerProgram[] broker = {ServerProgram.broker(store, settings)};
        try (ServerProgram server = home.start()) {
            Rounds.run("broker: slow world", (ledger, random, id) -> {
                Senders senders = begin(ledger, id, server, 0);
                int inHand = awaitInHand(random);
                broker[0].kill();
                senders.end();
                LockSupport.parkNanos(random.nextLong(TimeUnit.SECONDS.toNanos(10)));
                broker[0] = ServerProgram.broker(store, settings);
                ChaosHome.drain(broker[0]);
                System.out.printf("broker killed with %d in hand: none sent twice%n", inHand);
            });
        } finally {
            broker[0].close();
        }
    }

    @Test
    void deliversInTheEndWhenSlowHostsDropConnections() throws Exception {
        try (ServerProgram server = home.start()) {
            Rounds.run("peer: slow world", (ledger, random, id) -> {
                Senders senders = begin(ledger, id, server, 20);
                awaitInHand(random);
                senders.finish();
                world.serve(ledger, 0);
                ChaosHome.drain(server);
            });
        }
    }
}
