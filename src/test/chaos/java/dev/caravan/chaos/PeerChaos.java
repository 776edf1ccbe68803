package dev.caravan.chaos;

import dev.caravan.chaos.ChaosPeer.Manner;
import dev.caravan.chaos.ChaosPeer.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Peers that behave badly now and then, at one step or another. All mail arrives in the end; a copy too many comes only
 * from a peer that kept the mail and was gone before its 250.
 */
class PeerChaos {
    private static final List<String> RECIPIENTS = List.of("x@far.test", "y@far.test", "z@far.test");
    private static final int CLIENTS = 4;
    private static final int MAILS = 40;
    private static final int SMALL = 3000;
    private static final int SPOOLED = 300_000;
    private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(6);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int OFTEN = 10_000;
    private static final Set<Step> REPLIED = EnumSet.complementOf(EnumSet.of(Step.CONTENT, Step.RSET));

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private ChaosPeer peer;
    private ServerProgram server;
    private ChaosHome home;

    @BeforeEach
    void start() throws Exception {
        peer = new ChaosPeer();
        home = new ChaosHome(folder)
                .retry(RETRY, OFTEN)
                .set("delivery.smarthost", peer.hostAndPort())
                .set("delivery.max-in-hand", "16")
                .set("delivery.reply-timeout", REPLY_TIMEOUT.toSeconds() + "s")
                .set("delivery.data-done-timeout", END_TIMEOUT.toSeconds() + "s");
        server = home.start();
    }

    @AfterEach
    void end() throws Exception {
        server.close();
        peer.close();
    }

    /** What a peer does at a step instead of what it should. */
    private interface Fault {
        void commit(Step step, PeerTalk talk) throws IOException, InterruptedException;
    }

    private void rounds(String name, Set<Step> steps, Fault fault) throws Exception {
        Rounds.run("peer: " + name, (ledger, random, id) -> run(ledger, random, id, faulty(random, steps, fault)));
    }

    /** Commits the fault at one of three visits to a step of this round: at any step, or at one that chance chooses. */
    private static Manner faulty(Random random, Set<Step> steps, Fault fault) {
        boolean isEverywhere = random.nextInt(4) == 0;
        Step chosen = List.copyOf(steps).get(random.nextInt(steps.size()));
        return (step, talk) -> {
            if (step == Step.GREETING && random.nextBoolean()) {
                talk.withoutPipelining();
            }
            boolean isMeant = isEverywhere ? steps.contains(step) : step == chosen;
            if (isMeant && random.nextInt(isEverywhere ? 10 : 3) == 0) {
                fault.commit(step, talk);
            } else {
                talk.usual();
            }
        };
    }

    private void run(Ledger ledger, Random random, String id, Manner manner) throws Exception {
        peer.serve(ledger, manner);
        Senders senders = new Senders(
                        ledger, id, RECIPIENTS, () -> random.nextInt(10) == 0 ? SPOOLED : random.nextInt(100, SMALL))
                .most(MAILS);
        senders.begin(server.smtp(), CLIENTS);
        senders.finish();
        ChaosHome.drain(server);
        home.collect(ledger);
    }

    private final Random chance = new Random();

    @Test
    void deliversInTheEndWhenPeersDropTheConnection() throws Exception {
        rounds("drops the connection", EnumSet.allOf(Step.class), (step, talk) -> {
            if (step == Step.CONTENT) {
                talk.swallow(chance.nextInt(1000));
            }
            hangUp(talk);
        });
    }

    private void hangUp(PeerTalk talk) throws IOException {
        if (chance.nextBoolean()) {
            talk.close();
        } else {
            talk.reset();
        }
    }

    @Test
    void deliversInTheEndWhenPeersAreSlow() throws Exception {
        rounds("replies slowly", REPLIED, (step, talk) -> {
            talk.dribble(chance.nextInt(10));
            if (chance.nextInt(3) > 0) {
                talk.usual();
                return;
            }
            // Too late for the client, who has given up; what was kept is kept.
            Duration limit = step == Step.END ? END_TIMEOUT : REPLY_TIMEOUT;
            talk.confuse();
            TimeUnit.MILLISECONDS.sleep(limit.toMillis() + chance.nextInt(2000));
            talk.usual();
        });
    }

    @Test
    void deliversInTheEndWhenPeersReplyHalfALine() throws Exception {
        List<String> halves =
                List.of("2", "25", "250", "250 2.0.0 tak", "250-half\r\n", "250-half\r\n25", "354 g", "\r");
        rounds("replies half a line", REPLIED, (step, talk) -> {
            if (step == Step.END) {
                talk.take(false);
            }
            talk.raw(halves.get(chance.nextInt(halves.size())));
            if (chance.nextBoolean()) {
                talk.stall();
            } else {
                hangUp(talk);
            }
        });
    }

    @Test
    void deliversInTheEndWhenPeersVanishBeforeTheLastReply() throws Exception {
        rounds("vanishes with the mail", EnumSet.of(Step.END), (step, talk) -> {
            talk.take(false);
            if (chance.nextInt(3) == 0) {
                talk.stall();
            } else {
                hangUp(talk);
            }
        });
    }

    @Test
    void deliversInTheEndWhenPeersOfferGarbage() throws Exception {
        rounds("offers garbage", REPLIED, (step, talk) -> {
            talk.confuse();
            new Garbage(chance).offer(step, talk);
        });
    }

    @Test
    void returnsOnlyWhatIsRefused() throws Exception {
        Rounds.run("peer: refuses one of three", (ledger, random, id) -> {
            boolean isForGood = random.nextBoolean();
            String refused = RECIPIENTS.get(random.nextInt(RECIPIENTS.size()));
            run(ledger, random, id, (step, talk) -> {
                if (step == Step.GREETING && random.nextBoolean()) {
                    talk.withoutPipelining();
                }
                if (step == Step.RCPT && talk.recipient().equals(refused) && isForGood) {
                    talk.say("550 5.1.1 nobody of that name");
                } else if (step == Step.RCPT && talk.recipient().equals(refused) && random.nextInt(3) > 0) {
                    talk.say("452 4.2.2 mailbox full");
                } else {
                    talk.usual();
                }
            });
            long bounced = ledger.account().tally().bounced();
            if (bounced != (isForGood ? ledger.acknowledged() : 0)) {
                ledger.complain(bounced + " were returned");
            }
        });
    }
}
