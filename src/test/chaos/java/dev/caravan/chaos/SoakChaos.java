package dev.caravan.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.SmtpTestClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mail of all kinds for {@code -Dsoak.minutes} (30), to mailboxes and to a peer that refuses, defers, is slow or gone now
 * and then, and clients that hang up. What the server uses at the end is what it used after the first minute.
 */
class SoakChaos {
    private static final String NAME = "soak";
    private static final Duration LENGTH = Duration.ofMinutes(Integer.getInteger("soak.minutes", 30));
    private static final Duration ROUND = Duration.ofSeconds(40);
    /** Returned mail is removed by then, and the broker has looked for old files twice. */
    private static final Duration LONGEST_REST = Duration.ofMinutes(4);

    private static final int SMALL = 2000;
    private static final int LARGE = 400_000;
    private static final int LARGE_EACH = 10;
    private static final List<String> LOCAL = List.of("alice@local.test", "carol@local.test");
    private static final List<String> REMOTE = List.of("x@far.test", "y@far.test", "z@far.test");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final List<ProcessFigures> figures = new ArrayList<>();

    @Test
    void usesAtTheEndWhatItUsedAtTheStart() throws Exception {
        try (ChaosPeer peer = new ChaosPeer()) {
            ChaosHome home = new ChaosHome(folder)
                    .retry(Duration.ofSeconds(3), 10_000)
                    .set("queue.bounced-retention", "10s")
                    .set("smtp.idle-timeout", "20s")
                    .set("delivery.smarthost", peer.hostAndPort());
            try (ServerProgram server = home.start()) {
                long end = System.nanoTime() + LENGTH.toNanos();
                long seed = System.currentTimeMillis();
                do {
                    round(home, peer, server, seed++);
                    if (figures.isEmpty()) {
                        rest(server);
                    }
                } while (System.nanoTime() < end);
                rest(server);
                ProcessFigures first = figures.get(0);
                ProcessFigures last = figures.get(figures.size() - 1);
                figures.forEach(System.out::println);
                assertTrue(last.isAs(first), first + " and then " + last);
            }
        }
    }

    private static void round(ChaosHome home, ChaosPeer peer, ServerProgram server, long seed) throws Exception {
        Ledger ledger = new Ledger();
        String id = NAME + "." + seed;
        peer.serve(ledger, SoakChaos::misbehave);
        Random random = new Random(seed);
        IntSupplier octets = () -> random.nextInt(LARGE_EACH) == 0 ? LARGE : SMALL;
        Senders local = new Senders(ledger, id, LOCAL, octets);
        Senders remote = new Senders(ledger, id, REMOTE, octets);
        local.begin(server.smtp(), 2);
        remote.begin(server.smtp(), 4);
        long end = System.nanoTime() + ROUND.toNanos();
        while (System.nanoTime() < end) {
            hangUp(server, random);
            TimeUnit.MILLISECONDS.sleep(200);
        }
        local.end();
        remote.end();
        ChaosHome.drain(server);
        home.collect(ledger);
        Account account = ledger.account();
        RoundFile.standard().add(NAME, seed, account.tally());
        assertTrue(account.isSound(), account.toString());
    }

    /** A client that goes away in the middle of a mail. */
    private static void hangUp(ServerProgram server, Random random) throws IOException {
        try (SmtpTestClient talk = new SmtpTestClient(server.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<bob@local.test>");
            talk.say("RCPT TO:<alice@local.test>");
            talk.say("DATA");
            talk.raw("Subject: never\r\n\r\n" + "x\r\n".repeat(random.nextInt(LARGE)));
        }
    }

    private static void misbehave(ChaosPeer.Step step, PeerTalk talk) throws IOException, InterruptedException {
        int luck = ThreadLocalRandom.current().nextInt(1000);
        if (step == ChaosPeer.Step.RCPT && luck < 5) {
            talk.say("550 5.1.1 nobody of that name");
        } else if (step == ChaosPeer.Step.RCPT && luck < 50) {
            talk.say("450 4.2.0 not now");
        } else if (step == ChaosPeer.Step.END && luck < 10) {
            talk.take(false);
            talk.reset();
        } else if (step == ChaosPeer.Step.END && luck < 20) {
            TimeUnit.SECONDS.sleep(1);
            talk.usual();
        } else if (step == ChaosPeer.Step.MAIL && luck < 10) {
            talk.close();
        } else {
            talk.usual();
        }
    }

    /** Waits until nothing has to be done any more, and notes what the server uses; at last what it uses then. */
    private void rest(ServerProgram server) throws Exception {
        long end = System.nanoTime() + LONGEST_REST.toNanos();
        Path data = folder.resolve("data");
        ProcessFigures now = ProcessFigures.of(server.pid(), data);
        while (System.nanoTime() < end && !isAtRest(server, now)) {
            TimeUnit.SECONDS.sleep(5);
            now = ProcessFigures.of(server.pid(), data);
        }
        figures.add(now);
    }

    private boolean isAtRest(ServerProgram server, ProcessFigures now) {
        boolean isEmpty = server.depths().values().stream().allMatch(depth -> depth == 0);
        return isEmpty && now.journalFiles() <= 2 && (figures.isEmpty() || now.isAs(figures.get(0)));
    }
}
