package dev.caravan.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.acme.AcmeAccount.External;
import dev.caravan.acme.FakeAuthority.Refusal;
import dev.caravan.net.ListenAddress;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.MovingClock;
import dev.caravan.tls.CertifiedKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcmeRenewalTest {
    private static final List<String> NAMES = List.of("mx.example.org", "mail.example.org");

    @TempDir
    private Path home;

    private final MovingClock clock = MovingClock.now();
    private FakeAuthority authority;
    private HttpChallenges http;
    private AcmeFiles files;
    private Optional<External> external = Optional.empty();

    @BeforeEach
    void start() throws Exception {
        authority = new FakeAuthority(clock);
        http = HttpChallenges.listen(new ListenAddress("127.0.0.1", 0));
        authority.httpPort = http.port();
        files = new AcmeFiles(home.resolve("tls"));
    }

    @AfterEach
    void stop() {
        http.close();
        authority.close();
    }

    /** A server that has just started. */
    private AcmeRenewal renewal(List<String> names, boolean keepsKey, String digest) {
        AcmeAccount account = new AcmeAccount(
                URI.create(authority.directory()), Optional.of("postmaster@example.org"), external, Optional.empty());
        return new AcmeRenewal(
                new AcmeRenewal.Plan(authority.directory(), names, KeyType.P256, keepsKey, digest),
                files,
                new AcmeClient(account, http),
                clock,
                new Random(1));
    }

    private AcmeRenewal renewal() {
        return renewal(NAMES, false, "d");
    }

    private CertifiedKey current() {
        return files.current().orElseThrow();
    }

    @Test
    void ordersACertificateForAllNamesAndKeepsItToItself() throws Exception {
        AcmeRenewal renewal = renewal();
        renewal.look();
        assertTrue(NAMES.stream().allMatch(current()::isFor));
        assertEquals("EC", current().type());
        assertEquals(
                List.of(
                        "account [\"mailto:postmaster@example.org\"]",
                        "order mx.example.org,mail.example.org",
                        "check true",
                        "check true",
                        "issue",
                        "download"),
                authority.log);
        assertEquals(Optional.of(current().expiry()), renewal.ends());
        assertEquals(Optional.empty(), renewal.warning());
        try (Stream<Path> all = Files.walk(home.resolve("tls"))) {
            for (Path file : all.toList()) {
                String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                assertEquals(Files.isDirectory(file) ? "rwx------" : "rw-------", mode, file.toString());
            }
        }
        // Nothing of the order is left.
        assertFalse(Files.exists(home.resolve("tls/acme/order.key")));
    }

    @Test
    void ordersNothingWhileTheCertificateIsGoodAlsoAfterARestart() throws Exception {
        renewal().look();
        AcmeRenewal next = renewal();
        next.look();
        clock.advance(Duration.ofDays(55));
        next.look();
        renewal().look();
        assertEquals(1, authority.count("order"));
    }

    @Test
    void renewsAtTwoThirdsWithAnotherKeyAndTheSameAccount() throws Exception {
        AcmeRenewal renewal = renewal();
        renewal.look();
        CertifiedKey first = current();
        clock.advance(Duration.ofDays(60));
        renewal.look();
        assertNotEquals(first.certificate(), current().certificate());
        assertNotEquals(
                first.certificate().getPublicKey(), current().certificate().getPublicKey());
        assertEquals(1, authority.count("account"));
    }

    @Test
    void keepsTheKeyIfToldSo() throws Exception {
        AcmeRenewal renewal = renewal(NAMES, true, "d");
        renewal.look();
        CertifiedKey first = current();
        clock.advance(Duration.ofDays(60));
        renewal.look();
        assertNotEquals(first.certificate(), current().certificate());
        assertEquals(first.certificate().getPublicKey(), current().certificate().getPublicKey());
    }

    @Test
    void renewsWhenTheAuthorityWantsIt() throws Exception {
        Instant start = clock.instant().plus(Duration.ofDays(5));
        authority.window = Optional.of(new Instant[] {start, start.plus(Duration.ofDays(2))});
        AcmeRenewal renewal = renewal();
        renewal.look();
        clock.advance(Duration.ofDays(4));
        renewal.look();
        assertEquals(1, authority.count("order"));
        clock.advance(Duration.ofDays(3));
        renewal.look();
        assertEquals(1, authority.count("order mx.example.org,mail.example.org replaces"), authority.log.toString());
    }

    @Test
    void aFailureLeavesTheOldCertificateAndIsTriedAgainLater() throws Exception {
        AcmeRenewal renewal = renewal();
        renewal.look();
        CertifiedKey first = current();
        clock.advance(Duration.ofDays(61));
        authority.refusal = Optional.of(new Refusal(500, "serverInternal", 0));
        renewal.look();
        renewal.look();
        assertEquals(first, current());
        assertEquals(1, renewal.failures());
        assertEquals(2, authority.count("order"));
        assertTrue(
                renewal.warning().orElseThrow().startsWith("1 attempts to get"),
                renewal.warning().toString());
        clock.advance(Duration.ofMinutes(10));
        // A restart does not make it impatient.
        renewal().look();
        assertEquals(2, authority.count("order"));
        clock.advance(Duration.ofMinutes(10));
        authority.refusal = Optional.empty();
        renewal.look();
        assertNotEquals(first, current());
        assertEquals(Optional.empty(), renewal.warning());
    }

    @Test
    void changedSettingsAreTriedAtOnce() throws Exception {
        authority.httpPort = new HttpChallengesElsewhere().port;
        renewal().look();
        assertEquals(
                List.of("check false"),
                authority.log.stream().filter(line -> line.startsWith("check")).toList());
        authority.httpPort = http.port();
        renewal().look();
        assertTrue(files.current().isEmpty());
        renewal(NAMES, false, "other").look();
        assertTrue(NAMES.stream().allMatch(current()::isFor));
    }

    /** A port where nothing listens. */
    private static final class HttpChallengesElsewhere {
        private final int port;

        HttpChallengesElsewhere() throws Exception {
            HttpChallenges other = HttpChallenges.listen(new ListenAddress("127.0.0.1", 0));
            port = other.port();
            other.close();
        }
    }

    @Test
    void waitsAsLongAsALimitOfTheAuthorityAsks() throws Exception {
        authority.refusal = Optional.of(new Refusal(429, "rateLimited", 7200));
        AcmeRenewal renewal = renewal();
        renewal.look();
        authority.refusal = Optional.empty();
        clock.advance(Duration.ofMinutes(110));
        renewal.look();
        assertEquals(1, authority.count("order"));
        clock.advance(Duration.ofMinutes(11));
        renewal.look();
        assertEquals(2, authority.count("order"));
        assertTrue(files.current().isPresent());
    }

    @Test
    void fetchesWhatWasRequestedWhenTheServerStopped() throws Exception {
        authority.processing = 1000;
        AcmeRenewal renewal = renewal();
        Thread stopped = new Thread(() -> {
            try {
                renewal.look();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        stopped.start();
        Await.until("requested", () -> authority.count("issue") == 1);
        // Java 17 loses an interrupt that comes while the body of an answer is read.
        Await.until("stopped", () -> {
            stopped.interrupt();
            return !stopped.isAlive();
        });
        assertTrue(files.current().isEmpty());
        authority.processing = 0;
        renewal().look();
        assertEquals(1, authority.count("order"));
        assertEquals(1, authority.count("issue"));
        assertTrue(NAMES.stream().allMatch(current()::isFor));
    }

    @Test
    void aCertificateForOtherNamesIsRefused() throws Exception {
        authority.otherNames = Optional.of(List.of("mx.example.org"));
        AcmeRenewal renewal = renewal();
        renewal.look();
        assertTrue(files.current().isEmpty());
        assertEquals(1, renewal.failures());
    }

    @Test
    void moreNamesAreOrderedAtOnce() throws Exception {
        renewal(NAMES.subList(0, 1), false, "d").look();
        renewal(NAMES, false, "e").look();
        assertTrue(NAMES.stream().allMatch(current()::isFor));
    }

    @Test
    void aDamagedCertificateIsOrderedAnew() throws Exception {
        renewal().look();
        Files.writeString(home.resolve("tls/acme.pem"), "-----BEGIN nothing");
        renewal().look();
        assertTrue(NAMES.stream().allMatch(current()::isFor));
    }

    @Test
    void anAccountThatTheAuthorityForgotIsMadeAgain() throws Exception {
        renewal().look();
        clock.advance(Duration.ofDays(61));
        Path kept = home.resolve("tls/acme/state");
        String state = Files.readString(kept, StandardCharsets.US_ASCII);
        Files.writeString(
                kept,
                state.replaceFirst(
                        "account: .*", "account: " + authority.directory().replace("directory", "account/gone")));
        AcmeRenewal renewal = renewal();
        renewal.look();
        assertEquals(1, renewal.failures());
        clock.advance(Duration.ofMinutes(20));
        renewal.look();
        assertEquals(0, renewal.failures());
        assertEquals(2, authority.count("issue"));
    }

    @Test
    void anotherAuthorityIsAskedAtOnce() throws Exception {
        renewal().look();
        try (FakeAuthority first = authority) {
            authority = new FakeAuthority(clock);
            authority.httpPort = http.port();
            AcmeRenewal renewal = renewal(NAMES, false, "other");
            renewal.look();
            assertEquals(0, renewal.failures());
            assertEquals(1, first.count("issue"));
            assertEquals(1, authority.count("issue"));
            assertEquals(1, authority.count("order mx.example.org,mail.example.org"));
            renewal.look();
            assertEquals(1, authority.count("order"));
        }
    }

    @Test
    void usesAnAccountWithTheAuthority() throws Exception {
        authority.wantsExternalAccount = true;
        AcmeRenewal without = renewal();
        without.look();
        assertEquals(1, without.failures());
        assertEquals(0, authority.count("account"));
        external = Optional.of(
                new External("kid-1", Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32])));
        renewal(NAMES, false, "with").look();
        assertTrue(authority.log.get(0).endsWith(" bound"), authority.log.toString());
        assertTrue(files.current().isPresent());
    }

    @Test
    void aClockThatIsSetBackOrdersNothing() throws Exception {
        AcmeRenewal renewal = renewal();
        renewal.look();
        clock.advance(Duration.ofDays(-400));
        renewal.look();
        renewal().look();
        assertEquals(1, authority.count("order"));
        clock.advance(Duration.ofDays(400));
        renewal.look();
        assertEquals(1, authority.count("order"));
    }

    @Test
    void aDiskThatCannotBeWrittenOrdersNothing() throws Exception {
        Files.writeString(home.resolve("tls"), "a file");
        AcmeRenewal renewal = renewal();
        renewal.look();
        renewal.look();
        assertEquals(List.of(), authority.log);
        assertTrue(
                renewal.warning().orElseThrow().contains("files"),
                renewal.warning().toString());
        assertEquals(Set.of(), Set.copyOf(authority.log));
    }
}
