package dev.caravan.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody fills the disk under a part of the server while mail comes and goes, and gives the room back some seconds
 * later. Clients are told 452 or 451 meanwhile, all goes on without a restart, and no mail is lost or doubled.
 */
class DiskFullChaos {
    private static final int CLIENTS = 4;
    private static final int CONCURRENCY = 8;
    private static final int WARM = 10;
    private static final int SMALL = 4000;
    private static final int LARGE = 300_000;
    private static final int STORE_MIB = 64;
    private static final int FILES_MIB = 32;
    private static final Duration RETRY = Duration.ofSeconds(2);
    private static final int OFTEN = 10_000;
    private static final long LONGEST_FULL = TimeUnit.SECONDS.toNanos(5);
    private static final List<String> LOCAL = List.of("alice@local.test", "carol@local.test");
    private static final List<String> REMOTE = List.of("x@far.test", "y@far.test");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private ChaosPeer peer;
    private ChaosHome home;
    private SmallDisk disk;
    private ServerProgram server;

    @AfterEach
    void end() throws Exception {
        if (server != null) {
            server.close();
            peer.close();
        }
        if (disk != null) {
            disk.close();
        }
    }

    private void start(String part, int mebibytes) throws Exception {
        disk = SmallDisk.mount(folder.resolve("data").resolve(part), mebibytes);
        peer = new ChaosPeer();
        home = new ChaosHome(folder)
                .retry(RETRY, OFTEN)
                .set("delivery.smarthost", peer.hostAndPort())
                .set("delivery.max-in-hand", Integer.toString(CONCURRENCY))
                .set("broker.store-timeout", "3s");
        // A new file of the journal is what needs room.
        String config = Files.readString(Path.of("broker-config/activemq.xml"))
                .replace("journalMaxFileLength=\"32mb\"", "journalMaxFileLength=\"1mb\"");
        assertTrue(config.contains("\"1mb\""));
        Files.writeString(folder.resolve("broker-config/activemq.xml"), config);
        server = home.start();
    }

    @Test
    void losesNothingWhenTheStoreIsFull() throws Exception {
        start("broker", STORE_MIB);
        Rounds.run("disk full: store", (ledger, random, id) -> {
            peer.serve(ledger, ChaosPeer.Manner.GOOD);
            round(ledger, random, new Senders(ledger, id, REMOTE, Senders.octets(SMALL)), l -> !isTaken(l, SMALL));
        });
    }

    @Test
    void losesNothingWhenTheSpoolIsFull() throws Exception {
        start("spool", FILES_MIB);
        Rounds.run("disk full: spool", (ledger, random, id) -> {
            peer.serve(ledger, ChaosPeer.Manner.GOOD);
            IntSupplier octets = () -> random.nextBoolean() ? LARGE : SMALL;
            round(ledger, random, new Senders(ledger, id, REMOTE, octets), l -> !isTaken(l, LARGE));
        });
    }

    @Test
    void losesNothingWhenTheMaildirsAreFull() throws Exception {
        start("maildir", FILES_MIB);
        Rounds.run(
                "disk full: maildir",
                (ledger, random, id) ->
                        // Few enough that all have room when there is some.
                        round(
                                ledger,
                                random,
                                new Senders(ledger, id, LOCAL, Senders.octets(SMALL)).most(1000),
                                l -> isDeferred()));
    }

    private void round(Ledger ledger, Random random, Senders senders, Predicate<Ledger> isFelt) throws Exception {
        senders.begin(server.smtp(), CLIENTS);
        senders.awaitLoad(WARM, random.nextLong(TimeUnit.SECONDS.toNanos(1)));
        disk.fill();
        Await.until("the disk is felt", () -> isFelt.test(ledger));
        LockSupport.parkNanos(random.nextLong(LONGEST_FULL));
        disk.free();
        senders.end();
        Await.until("mail is taken again", () -> isTaken(ledger, LARGE));
        ChaosHome.drain(server);
        home.collect(ledger);
    }

    private boolean isDeferred() {
        return server.depths().getOrDefault("mail.retry.2s", 0L) > 0;
    }

    /** Whether a mail of that size is taken now. */
    private boolean isTaken(Ledger ledger, int octets) {
        String mail = ChaosMail.next("probe", octets);
        ledger.sending(mail, List.of("alice@local.test"));
        try {
            String reply = SmtpTestClient.sendOne(
                    server.smtp(),
                    "<bob@local.test>",
                    "<alice@local.test>",
                    ChaosMail.content(mail).replace("\r\n.", "\r\n.."));
            assertTrue(reply.startsWith("250") || reply.startsWith("45"), reply);
            if (reply.startsWith("250")) {
                ledger.acknowledged(mail);
                return true;
            }
            ledger.refused(mail);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
