package dev.caravan.chaos;

import dev.caravan.dns.LoopbackDns;
import dev.caravan.dns.LoopbackDns.Mood;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A name server that does not answer, lies, or leads in circles, for a while. Mail for its domains is taken and waits;
 * when the server has come to its senses all of it arrives, and none was returned.
 */
class DnsChaos {
    private static final int CLIENTS = 2;
    private static final int MAILS = 8;
    private static final int SMALL = 500;
    private static final int OFTEN = 10_000;
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final String LOOPBACK = "127.0.0.1";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private ChaosPeer peer;
    private LoopbackDns dns;
    private ChaosHome home;
    private ServerProgram server;

    @BeforeEach
    void start() throws Exception {
        peer = new ChaosPeer();
        dns = LoopbackDns.start().timeToLive(1);
        home = new ChaosHome(folder)
                .retry(RETRY, OFTEN)
                .set("delivery.port", Integer.toString(peer.port()))
                .set("dns.servers", LOOPBACK + ":" + dns.address().getPort())
                .set("dns.timeout", "500ms");
        server = home.start();
    }

    @AfterEach
    void end() throws Exception {
        server.close();
        dns.close();
        peer.close();
    }

    @Test
    void defersWhenNoAnswerComes() throws Exception {
        rounds("times out", List.of(Mood.SILENT));
    }

    @Test
    void defersWhenAnswersAreLies() throws Exception {
        rounds("lies", List.of(Mood.WRONG_ID, Mood.WRONG_QUESTION, Mood.OTHER_NAME, Mood.REFERRAL, Mood.REFUSED));
    }

    @Test
    void defersWhenAnswersAreGarbage() throws Exception {
        rounds("garbage and cut short", List.of(Mood.GARBAGE, Mood.NOISE, Mood.TRUNCATED, Mood.SERVFAIL));
    }

    @Test
    void defersWhenNamesLeadInCircles() throws Exception {
        Rounds.run("dns: loops", (ledger, random, id) -> {
            String tail = "." + random.nextInt(Integer.MAX_VALUE) + ".test";
            dns.alias("self" + tail, "self" + tail);
            dns.alias("circle" + tail, "one" + tail).alias("one" + tail, "two" + tail);
            dns.alias("two" + tail, "circle" + tail);
            dns.mx("host" + tail, 10, "mx.host" + tail).alias("mx.host" + tail, "three" + tail);
            dns.alias("three" + tail, "mx.host" + tail);
            // Not in a circle, only far: this one is well.
            dns.mx("far" + tail, 10, "mx.far" + tail).alias("mx.far" + tail, "four" + tail);
            dns.alias("four" + tail, "five" + tail).address("five" + tail, LOOPBACK);
            List<String> names = List.of("self" + tail, "circle" + tail, "host" + tail, "far" + tail);
            peer.serve(ledger, ChaosPeer.Manner.GOOD);
            send(new Senders(ledger, id, recipients(names), Senders.octets(SMALL)), random);
            names.subList(0, names.size() - 1).forEach(this::heal);
            dns.forget("mx.host" + tail).address("mx.host" + tail, LOOPBACK);
            finish(ledger);
        });
    }

    private void rounds(String name, List<Mood> moods) throws Exception {
        Rounds.run("dns: " + name, (ledger, random, id) -> {
            List<String> domains = new ArrayList<>();
            for (Mood mood : moods) {
                String domain = mood.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-') + "."
                        + random.nextInt(Integer.MAX_VALUE) + ".test";
                heal(domain);
                // The trouble is with the domain, or with its host.
                dns.mood(random.nextBoolean() ? domain : "mx." + domain, mood);
                domains.add(domain);
            }
            peer.serve(ledger, ChaosPeer.Manner.GOOD);
            send(new Senders(ledger, id, recipients(domains), Senders.octets(SMALL)), random);
            domains.forEach(this::heal);
            finish(ledger);
        });
    }

    private void heal(String domain) {
        dns.forget(domain).forget("mx." + domain).mx(domain, 10, "mx." + domain).address("mx." + domain, LOOPBACK);
    }

    private static List<String> recipients(List<String> domains) {
        return domains.stream().map(domain -> "someone@" + domain).toList();
    }

    private void send(Senders senders, Random random) throws InterruptedException {
        senders.most(MAILS).begin(server.smtp(), CLIENTS);
        senders.finish();
        LockSupport.parkNanos(random.nextLong(TimeUnit.SECONDS.toNanos(4)));
    }

    private void finish(Ledger ledger) throws Exception {
        ChaosHome.drain(server);
        home.collect(ledger);
        if (ledger.account().tally().bounced() > 0) {
            ledger.complain("mail was returned because of our own trouble with DNS");
        }
        if (ledger.acknowledged() < MAILS) {
            ledger.complain("only " + ledger.acknowledged() + " mails were taken");
        }
    }
}
