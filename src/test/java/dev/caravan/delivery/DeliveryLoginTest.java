package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.login.LoginSettings;
import dev.caravan.login.Mechanism;
import dev.caravan.login.SmartHost;
import dev.caravan.login.SmartHostGate;
import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.TlsPolicy;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins at smart hosts by password, in clear so that the dialogue can be read. */
@org.junit.jupiter.api.Timeout(60)
class DeliveryLoginTest {
    private static final Domain US = new Domain("caravan.example");
    private static final List<String> MAIL = List.of(
            "C: MAIL *",
            "S: 250 ok",
            "C: RCPT *",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: ...",
            "C: .",
            "S: 250 2.0.0 taken",
            "! next");

    private final List<AutoCloseable> open = new ArrayList<>();

    @TempDir
    private Path folder;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private static List<String> offering(String auth, String... rest) {
        List<String> script = new ArrayList<>(List.of("S: 220 mx", "C: EHLO *", "S: 250-mx", "S: 250 " + auth));
        script.addAll(List.of(rest));
        return script;
    }

    private static List<String> then(List<String> script, List<String> more) {
        List<String> all = new ArrayList<>(script);
        all.addAll(more);
        return all;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private ScriptedMx mx(List<String> script) throws Exception {
        ScriptedMx mx = ScriptedMx.play("127.0.0.1", 0, Integer.MAX_VALUE / 2, script);
        open.add(mx);
        return mx;
    }

    private SmartHost smartHost(ScriptedMx mx, boolean mayBeInClear, Optional<String> otherwise) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "pencil\n");
        return new SmartHost(
                "office",
                List.of(new HostAndPort("127.0.0.1", mx.port())),
                TlsPolicy.NONE,
                Optional.of(new LoginSettings.Password("user", secret, Mechanism.all(false), mayBeInClear)),
                SmartHost.Limits.NONE,
                otherwise);
    }

    private SmtpDelivery delivery(Optional<SmartHost> other) {
        ExecutorService disk = Executors.newCachedThreadPool();
        SmtpClient client = new SmtpClient(
                US,
                DeliveryTimeouts.all(Duration.ofSeconds(20)),
                ConnectionReuse.NONE,
                new DeadHostCache(Clock.systemUTC(), Duration.ofMinutes(15)),
                SmtpClient.eventLoops(1));
        SmtpDelivery delivery = new SmtpDelivery(
                new SmtpDeliverySettings(new OwnAddresses(US, List.of()), 25, 10, ConcurrencyLimits.DEFAULT),
                new DnsJavaMailDns(DnsSettings.of(List.of(new InetSocketAddress("127.0.0.1", 9)))),
                client,
                Clock.systemUTC(),
                new Random(1));
        SmartHostGate gate = new SmartHostGate(folder, HttpClient::newHttpClient, disk, Clock.systemUTC());
        delivery.smartHosts(name -> other.filter(host -> host.name().equals(name)), gate);
        open.add(delivery);
        open.add(client);
        open.add(gate);
        open.add(disk::shutdown);
        return delivery;
    }

    private static String send(SmtpDelivery delivery, SmartHost host) throws Exception {
        DeliveryReport report = delivery.attempt(
                        Mails.to("b@x.example"), new SmtpDestination.Via(host), Instant.MAX, new AttemptProgress())
                .toCompletableFuture()
                .get(40, TimeUnit.SECONDS);
        RecipientResult result = report.results().get(0);
        String suspended =
                result instanceof RecipientResult.NotAttempted untried && untried.isSuspended() ? " suspended" : "";
        return result.getClass().getSimpleName() + suspended + " "
                + result.diagnosis().line();
    }

    private String sendTo(ScriptedMx mx) throws Exception {
        String result = send(delivery(Optional.empty()), smartHost(mx, true, Optional.empty()));
        mx.assertPlayed();
        return result;
    }

    private void delivers(List<String> login) throws Exception {
        String result = sendTo(mx(then(login, MAIL)));
        assertTrue(result.startsWith("Delivered"), result);
    }

    @Test
    void logsInByTheFirstMechanismThatIsOffered() throws Exception {
        String plain = base64("\0user\0pencil");
        delivers(offering("AUTH LOGIN PLAIN", "C: AUTH PLAIN " + plain, "S: 235 ok"));
        delivers(offering("AUTH=PLAIN", "C: AUTH PLAIN " + plain, "S: 235 ok"));
        delivers(offering(
                "AUTH LOGIN",
                "C: AUTH LOGIN",
                "S: 334 " + base64("Username:"),
                "C: " + base64("user"),
                "S: 334 " + base64("Password:"),
                "C: " + base64("pencil"),
                "S: 235 ok"));
        // Announced but not known after all: the next one.
        delivers(offering(
                "AUTH PLAIN LOGIN",
                "C: AUTH PLAIN *",
                "S: 504 5.5.4 no",
                "C: AUTH LOGIN",
                "S: 334 ",
                "C: *",
                "S: 334 ",
                "C: *",
                "S: 235 ok"));
    }

    @Test
    void aRefusedLoginSuspendsTheMessage() throws Exception {
        String result = sendTo(mx(offering("AUTH PLAIN", "C: AUTH PLAIN *", "S: 535 5.7.8 wrong", "C: QUIT")));
        assertTrue(result.startsWith("NotAttempted suspended") && result.contains("535 5.7.8 wrong"), result);
        assertFalse(result.contains("pencil") || result.contains(base64("\0user\0pencil")), result);
    }

    @Test
    void whatTheHostRepeatsOfTheLoginIsNotShown() throws Exception {
        String plain = base64("\0user\0pencil");
        String result = sendTo(mx(offering(
                "AUTH PLAIN", "C: AUTH PLAIN *", "S: 535 5.7.8 bad AUTH PLAIN " + plain + ", or pencil", "C: QUIT")));
        assertTrue(result.contains("535 5.7.8 bad AUTH PLAIN [...], or [...]"), result);
        String again = sendTo(mx(offering(
                "AUTH LOGIN",
                "C: AUTH LOGIN",
                "S: 334 ",
                "C: *",
                "S: 334 ",
                "C: " + base64("pencil"),
                "S: 454 4.7.0 later, not <" + base64("pencil") + ">",
                "C: QUIT")));
        assertTrue(again.contains("454 4.7.0 later, not <[...]>"), again);
    }

    @Test
    void aFailureForNowIsOneOfTheHost() throws Exception {
        String result = sendTo(mx(offering("AUTH PLAIN", "C: AUTH PLAIN *", "S: 454 4.7.0 later", "C: QUIT")));
        assertTrue(result.startsWith("Deferred 454 4.7.0 later"), result);
    }

    @Test
    void aHostWithoutTheMechanismsIsNoHostToLogInAt() throws Exception {
        String result = sendTo(mx(offering("AUTH CRAM-MD5", "! next")));
        assertTrue(result.startsWith("NotAttempted suspended") && result.contains("AUTH only by CRAM-MD5"), result);
    }

    @Test
    void aYesWithoutTheProofIsNotBelieved() throws Exception {
        String result = sendTo(mx(offering("AUTH SCRAM-SHA-256", "C: AUTH SCRAM-SHA-256 *", "S: 235 ok", "! next")));
        assertTrue(result.startsWith("NotAttempted suspended") && result.contains("without the proof"), result);
    }

    @Test
    void noSecretGoesInClearUnlessThatIsAllowed() throws Exception {
        ScriptedMx mx = mx(offering("AUTH PLAIN", "C: QUIT", "! next"));
        String result = send(delivery(Optional.empty()), smartHost(mx, false, Optional.empty()));
        assertTrue(result.startsWith("Deferred") && result.contains("not sent in clear"), result);
        mx.assertPlayed();
    }

    @Test
    void aHostThatWantsALoginReturnsNothing() throws Exception {
        String result = sendTo(mx(offering(
                "AUTH PLAIN",
                "C: AUTH PLAIN *",
                "S: 235 ok",
                "C: MAIL *",
                "S: 530 5.7.57 not authenticated",
                "C: QUIT")));
        assertTrue(result.startsWith("NotAttempted suspended") && result.contains("530 5.7.57"), result);
    }

    @Test
    void anotherSmartHostTakesTheMailOfOneThatIsPaused() throws Exception {
        ScriptedMx bad = mx(offering("AUTH PLAIN", "C: AUTH PLAIN *", "S: 535 no", "C: QUIT"));
        List<String> script = then(List.of("S: 220 mx", "C: EHLO *", "S: 250 mx"), MAIL);
        ScriptedMx good = mx(then(script, script));
        SmartHost other = new SmartHost(
                "other",
                List.of(new HostAndPort("127.0.0.1", good.port())),
                TlsPolicy.NONE,
                Optional.empty(),
                SmartHost.Limits.NONE,
                Optional.empty());
        SmtpDelivery delivery = delivery(Optional.of(other));
        SmartHost office = smartHost(bad, true, Optional.of("other"));
        assertTrue(send(delivery, office).startsWith("Delivered"));
        assertTrue(send(delivery, office).startsWith("Delivered"));
        assertEquals(1, bad.connections(), "it is not asked while it is paused");
    }
}
