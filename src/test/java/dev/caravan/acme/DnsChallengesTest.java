package dev.caravan.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.acme.ChallengeResponder.Proof;
import dev.caravan.net.HostAndPort;
import dev.caravan.testkit.MovingClock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;

class DnsChallengesTest {
    private static final List<Proof> PROOFS =
            List.of(new Proof("mx.example.org", "", "one"), new Proof("mail.example.org", "", "two"));

    private FakeZone zone;

    @TempDir
    private Path home;

    @BeforeEach
    void start() throws Exception {
        zone = new FakeZone();
    }

    @AfterEach
    void stop() throws Exception {
        zone.close();
    }

    private DnsChallenges challenges(String key) {
        return new DnsChallenges(new HostAndPort("127.0.0.1", zone.port()), TsigKey.parse(key), Duration.ofMillis(1));
    }

    @Test
    void addsRecordsAndRemovesItsOwnOnly() throws Exception {
        DnsChallenges challenges = challenges(FakeZone.KEY);
        challenges.show(PROOFS);
        zone.records.add("_acme-challenge.mx.example.org. of another");
        assertEquals(
                List.of(
                        "_acme-challenge.mx.example.org. one",
                        "_acme-challenge.mail.example.org. two",
                        "_acme-challenge.mx.example.org. of another"),
                zone.records);
        challenges.remove(PROOFS);
        assertEquals(List.of("_acme-challenge.mx.example.org. of another"), zone.records);
    }

    private String refusal(DnsChallenges challenges, List<Proof> proofs) {
        return String.valueOf(
                assertThrows(IOException.class, () -> challenges.show(proofs)).getMessage());
    }

    @Test
    void saysWhatTheServerAnswered() {
        assertTrue(refusal(challenges("hmac-sha256:acme.example.org:b3RoZXI="), PROOFS)
                .endsWith("refuses to change the record of _acme-challenge.mx.example.org: NOTAUTH"));
        assertTrue(refusal(challenges(FakeZone.KEY), List.of(new Proof("mx.example.net", "", "one")))
                .contains("has no zone for _acme-challenge.mx.example.net."));
        zone.refusal = Rcode.REFUSED;
        assertTrue(refusal(challenges(FakeZone.KEY), PROOFS).endsWith(": REFUSED"));
        zone.refusal = 0;
        zone.signs = false;
        assertTrue(refusal(challenges(FakeZone.KEY), PROOFS).endsWith("is not signed with the key"));
    }

    @Test
    void aServerThatIsAwayIsNamed() throws Exception {
        DnsChallenges challenges = challenges(FakeZone.KEY);
        zone.close();
        String message = refusal(challenges, PROOFS);
        assertTrue(message.contains("127.0.0.1:" + zone.port()), message);
        // What cannot be removed is logged.
        challenges.remove(PROOFS);
    }

    @Test
    void getsACertificate() throws Exception {
        MovingClock clock = MovingClock.now();
        try (FakeAuthority authority = new FakeAuthority(clock)) {
            DnsChallenges challenges = challenges(FakeZone.KEY);
            ChallengeResponder looking = new ChallengeResponder() {
                @Override
                public String type() {
                    return challenges.type();
                }

                @Override
                public void show(List<Proof> proofs) throws IOException, InterruptedException {
                    challenges.show(proofs);
                    authority.txt = zone.records.stream()
                            .map(record -> record.substring(record.indexOf(' ') + 1))
                            .toList();
                }

                @Override
                public void remove(List<Proof> proofs) {
                    challenges.remove(proofs);
                }
            };
            AcmeFiles files = new AcmeFiles(home.resolve("tls"));
            AcmeAccount account = new AcmeAccount(
                    URI.create(authority.directory()), Optional.empty(), Optional.empty(), Optional.empty());
            AcmeRenewal renewal = new AcmeRenewal(
                    new AcmeRenewal.Plan(authority.directory(), List.of("mx.example.org"), KeyType.P384, false, "d"),
                    files,
                    new AcmeClient(account, looking),
                    clock,
                    new Random(1));
            renewal.look();
            assertTrue(files.current().orElseThrow().isFor("mx.example.org"));
            assertFalse(authority.txt.isEmpty());
            assertEquals(List.of(), zone.records);
        }
    }
}
