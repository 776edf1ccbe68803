package dev.caravan.camel;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The server is killed while clients send and mail goes into Maildirs. No mail for a Maildir is ever doubled. */
class KillReceivingChaos {
    private static final int CLIENTS = 8;
    private static final int WARM = 10;
    private static final long LONGEST_LOAD_NANOS = 1_500_000_000;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private Program server;

    @Test
    void losesNothingWhenKilledWhileReceiving() throws Exception {
        ChaosHome home = new ChaosHome(folder);
        server = home.start();
        try {
            Rounds.run("kill-receiving", (ledger, random, id) -> {
                Senders senders =
                        new Senders(ledger, id, List.of("alice@local.test", "carol@local.test"), Senders.octets(2000));
                senders.begin(server.smtp(), CLIENTS);
                senders.awaitLoad(WARM, random.nextLong(LONGEST_LOAD_NANOS));
                server.kill(ledger, 0);
                senders.end();
                server = home.start();
                home.drain(server);
                home.collect(ledger);
            });
        } finally {
            server.close();
        }
    }
}
