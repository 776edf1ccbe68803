package dev.caravan.chaos;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.TornWrite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server gets SIGKILL at a random moment under load, and is started again on the same folder. Mail for a Maildir is
 * never doubled, whatever the moment; mail for a peer only if it was in hand.
 */
class KillChaos {
    private static final int CLIENTS = 8;
    private static final int CONCURRENCY = 8;
    /** Mails that are in hand of the local consumers at most. */
    private static final int LOCAL_CONSUMERS = 8;

    private static final int WARM = 10;
    private static final int SMALL = 2000;
    private static final int LARGE = 300_000;
    private static final int LARGER = 1_500_000;
    private static final List<String> LOCAL = List.of("alice@local.test", "carol@local.test");
    private static final List<String> REMOTE = List.of("x@far.test", "y@far.test");
    private static final Duration RETRY = Duration.ofSeconds(3);
    private static final int OFTEN = 10_000;
    private static final int DUE_AT_ONCE = 250;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private ChaosHome home;
    private ChaosPeer peer;
    private ServerProgram server;

    @BeforeEach
    void start() throws Exception {
        peer = new ChaosPeer();
        home = new ChaosHome(folder)
                .retry(RETRY, OFTEN)
                .set("delivery.smarthost", peer.hostAndPort())
                .set("delivery.max-in-hand", Integer.toString(CONCURRENCY));
        server = home.start();
    }

    @AfterEach
    void end() throws Exception {
        server.close();
        peer.close();
    }

    @Test
    void losesNothingWhileReceiving() throws Exception {
        Rounds.run("kill: receiving", (ledger, random, id) -> {
            Senders senders = new Senders(ledger, id, LOCAL, Senders.octets(SMALL));
            senders.begin(server.smtp(), CLIENTS);
            killUnderLoad(senders, ledger, random);
            recover(ledger);
        });
    }

    /** As a power cut leaves it: the write of a batch has begun, and ends in its middle. */
    @Test
    void losesNothingWithAWriteThatWasCutInHalf() throws Exception {
        Rounds.run("kill: torn write", (ledger, random, id) -> {
            Senders senders = new Senders(ledger, id, LOCAL, Senders.octets(SMALL));
            senders.begin(server.smtp(), CLIENTS);
            killUnderLoad(senders, ledger, random);
            TornWrite.leave(folder.resolve("data/broker/kahadb"), random);
            recover(ledger);
        });
    }

    @Test
    void losesNoLargeContent() throws Exception {
        Rounds.run("kill: large content", (ledger, random, id) -> {
            long before = spoolFiles();
            Senders senders = new Senders(ledger, id, List.of("alice@local.test"), () -> random.nextInt(LARGE, LARGER));
            senders.begin(server.smtp(), CLIENTS);
            killUnderLoad(senders, ledger, random);
            recover(ledger);
            long orphans = spoolFiles() - before;
            if (orphans > CLIENTS + LOCAL_CONSUMERS) {
                ledger.complain(orphans + " new spool files are left");
            }
        });
    }

    @Test
    void doublesForPeersOnlyWhatWasInHand() throws Exception {
        Rounds.run("kill: delivering", (ledger, random, id) -> {
            int patience = random.nextInt(20);
            peer.serve(ledger, (step, talk) -> {
                if (step == ChaosPeer.Step.END) {
                    TimeUnit.MILLISECONDS.sleep(patience);
                }
                talk.usual();
            });
            Senders senders = new Senders(ledger, id, REMOTE, Senders.octets(SMALL));
            senders.begin(server.smtp(), CLIENTS);
            killUnderLoad(senders, ledger, random);
            recover(ledger);
        });
    }

    @Test
    void losesNothingThatIsDueAtOnce() throws Exception {
        Rounds.run("kill: retrying", (ledger, random, id) -> {
            peer.serve(ledger, (step, talk) -> {
                if (step == ChaosPeer.Step.RCPT) {
                    talk.say("451 4.2.0 not now");
                } else {
                    talk.usual();
                }
            });
            Senders senders = new Senders(ledger, id, REMOTE, Senders.octets(SMALL)).most(DUE_AT_ONCE);
            senders.begin(server.smtp(), CLIENTS);
            senders.finish();
            Await.until("most mails wait", () -> waiting() > DUE_AT_ONCE / 2);
            peer.serve(ledger, ChaosPeer.Manner.GOOD);
            senders.awaitLoad(WARM, random.nextLong(RETRY.plusSeconds(1).toNanos()));
            server.kill(ledger, CONCURRENCY);
            recover(ledger);
        });
    }

    private long waiting() {
        return server.depths().entrySet().stream()
                .filter(queue -> queue.getKey().startsWith("mail.retry."))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    @Test
    void tellsEachSenderOnce() throws Exception {
        Rounds.run("kill: bouncing", (ledger, random, id) -> {
            long before = server.depths().getOrDefault("mail.bounced", 0L);
            peer.serve(ledger, (step, talk) -> {
                if (step == ChaosPeer.Step.RCPT) {
                    talk.say("550 5.1.1 nobody of that name");
                } else {
                    talk.usual();
                }
            });
            Senders senders = new Senders(ledger, id, List.of("x@far.test"), Senders.octets(SMALL));
            senders.begin(server.smtp(), CLIENTS);
            killUnderLoad(senders, ledger, random);
            recover(ledger);
            long kept = server.depths().getOrDefault("mail.bounced", 0L) - before;
            long told = ledger.account().tally().bounced()
                    + ledger.account().tally().unheard();
            if (kept != told) {
                ledger.complain(told + " mails were returned, but " + kept + " are kept for replay");
            }
        });
    }

    private void killUnderLoad(Senders senders, Ledger ledger, Random random) throws Exception {
        senders.awaitLoad(WARM, random.nextLong(TimeUnit.SECONDS.toNanos(2)));
        server.kill(ledger, CONCURRENCY);
        senders.end();
    }

    private void recover(Ledger ledger) throws Exception {
        server = home.start();
        ChaosHome.drain(server);
        home.collect(ledger);
    }

    private long spoolFiles() throws IOException {
        Path spool = folder.resolve("data/spool");
        if (!Files.isDirectory(spool)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.count();
        }
    }
}
