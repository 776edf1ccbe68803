package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import dev.caravan.config.Setting;
import dev.caravan.dns.MxAnswer;
import dev.caravan.reload.ConfigWatcher;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Some settings count as soon as their file is changed; all others wait for a restart. */
@Tag("server")
class ReloadSettingsTest {
    private static final Pattern LIVE = Pattern.compile("(?s)a change\\s+takes effect\n\n(.*?)- at the next start");
    private static final Pattern KEY = Pattern.compile("`([a-z]+\\.[a-z.-]+)`");

    @TempDir
    Path folder;

    @Test
    void takesOverWhoMayRelayWithinASession() throws Exception {
        try (TestServer node = node("mail.relay-networks=192.0.2.0/24\n");
                SmtpTestClient talk = begun(node)) {
            assertTrue(talk.say("RCPT TO:<a@far.test>").startsWith("550 5.7.1"));
            node.write("caravan.properties", "mail.relay-networks=127.0.0.0/8\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertTrue(talk.say("RCPT TO:<a@far.test>").startsWith("250"));
        }
    }

    @Test
    void givesNewLimitsToNewSessions() throws Exception {
        try (TestServer node = node("smtp.max-recipients=1\n");
                SmtpTestClient old = begun(node)) {
            node.write("caravan.properties", "smtp.max-recipients=2\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            old.say("RCPT TO:<alice@local.test>");
            assertTrue(old.say("RCPT TO:<bob@local.test>").startsWith("452 4.5.3"));
            try (SmtpTestClient talk = begun(node)) {
                talk.say("RCPT TO:<alice@local.test>");
                assertTrue(talk.say("RCPT TO:<bob@local.test>").startsWith("250"));
                assertTrue(talk.say("RCPT TO:<carol@local.test>").startsWith("452 4.5.3"));
            }
        }
    }

    @Test
    void givesNewLimitsToOtherSources() throws Exception {
        try (TestServer node = new TestServer(folder)
                .set("http.listen", "127.0.0.1:0")
                .write("caravan.properties", "smtp.max-recipients=1\ncontent.max-size=2KiB\ncontent.max-line=1000\n")
                .start()) {
            String two = "?from=s@local.test&to=alice@local.test&to=bob@local.test";
            String one = "?from=s@local.test&to=alice@local.test";
            String large = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(200);
            String longLine = "Subject: x\r\n\r\n" + "a".repeat(1500) + "\r\n";
            assertTrue(post(node, two, "Subject: x\r\n\r\n") >= 400);
            assertTrue(post(node, one, large) >= 400);
            assertTrue(post(node, one, longLine) >= 400);
            node.write("caravan.properties", "smtp.max-recipients=2\ncontent.max-size=4KiB\ncontent.max-line=2000\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertEquals(202, post(node, two, "Subject: x\r\n\r\n"));
            assertEquals(202, post(node, one, large));
            assertEquals(202, post(node, one, longLine));
        }
    }

    @Test
    void checksDomainsInTheDnsOnlyWhileThereIsNoSmarthost() throws Exception {
        try (TestServer node = node("");
                SmtpTestClient talk = begun(node)) {
            assertTrue(talk.say("RCPT TO:<a@nowhere.test>").startsWith("550 5.1.2"));
            node.write("caravan.properties", "delivery.smarthost=127.0.0.1:9\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertTrue(talk.say("RCPT TO:<a@nowhere.test>").startsWith("250"));
            node.write("caravan.properties", "");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertTrue(talk.say("RCPT TO:<b@nowhere.test>").startsWith("550 5.1.2"));
        }
    }

    @Test
    void sendsNewAndWaitingMailByTheSmarthostOfNow() throws Exception {
        MovingClock clock = MovingClock.now();
        try (FakeMailServer former = new FakeMailServer().reply("RCPT", "450 4.2.1 busy");
                FakeMailServer next = new FakeMailServer();
                FakeMailServer mx = new FakeMailServer();
                TestServer node = new TestServer(folder)
                        .with(clock)
                        .with(new FakeDns())
                        .set("delivery.port", mx.address().replaceFirst(".*:", ""))
                        .write("caravan.properties", "delivery.smarthost=" + former.address() + "\n")
                        .start()) {
            sendAndAwaitRetry(node, "one@far.test");
            node.write("caravan.properties", "delivery.smarthost=" + next.address() + "\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            next.reply("RCPT TO:<two", "450 4.2.1 busy");
            clock.advance(Duration.ofMinutes(15));
            assertEquals(1, node.node().tick());
            Await.until("waiting mail goes to the next one", () -> next.taken().size() == 1);
            sendAndAwaitRetry(node, "two@far.test");
            node.write("caravan.properties", "");
            assertEquals(List.of(), ReloadTest.reload(node));
            clock.advance(Duration.ofMinutes(15));
            assertEquals(1, node.node().tick());
            Await.until("waiting mail goes by MX", () -> mx.taken().size() == 1);
            node.awaitQuiet();
            assertEquals(1, former.heard("RCPT"));
            assertEquals(2, next.heard("RCPT"));
            assertEquals(1, mx.heard("RCPT TO:<two@far.test>"));
        }
    }

    private static void sendAndAwaitRetry(TestServer node, String recipient) throws Exception {
        SmtpTestClient.sendOne(node.smtp(), "<alice@local.test>", "<" + recipient + ">", "Subject: x\r\n\r\nhello\r\n");
        Await.until("the message is deferred", () -> node.depth("mail.retry.15m") == 1);
        node.awaitQuiet();
    }

    private static int post(TestServer node, String query, String mail) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://" + node.node().http().orElseThrow() + "/mail" + query))
                .header("Content-Type", "message/rfc822")
                .POST(BodyPublishers.ofString(mail))
                .build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
    }

    @Test
    void refusesABrokenFileAndKeepsAllItSaidBefore() throws Exception {
        try (TestServer node = node("mail.relay-networks=192.0.2.0/24\n");
                SmtpTestClient talk = begun(node)) {
            node.write("caravan.properties", "mail.relay-networks=127.0.0.0/8\n\nmail.max-hops=none\n");
            assertEquals(
                    List.of(folder.resolve("caravan.properties")
                            + ":3: mail.max-hops=none (expected: a whole number from 1 to 1000)"),
                    ReloadTest.reload(node));
            assertTrue(talk.say("RCPT TO:<a@far.test>").startsWith("550 5.7.1"));
        }
    }

    @Test
    void leavesWhatNeedsARestartAsItIs() throws Exception {
        try (TestServer node = node("dns.timeout=5s\n");
                LoggedLines log = new LoggedLines();
                SmtpTestClient talk = begun(node)) {
            node.write("caravan.properties", "dns.timeout=6s\nmail.max-hops=29\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertEquals(
                    List.of("dns.timeout was changed; the change takes effect at the next start"),
                    log.of(ConfigWatcher.class, Level.WARN));
            assertTrue(talk.say("RCPT TO:<alice@local.test>").startsWith("250"));
        }
    }

    @Test
    void givesRoutesTheNewValueOfAKeyOfTheirOwn() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.addRecipientRule("${header.recipient} == 'bob@local.test'", "refuse('5.7.1', '{{my.words}}')");
        try (TestServer node = node("my.words=not today\n");
                SmtpTestClient talk = begun(node)) {
            assertEquals("550 5.7.1 not today", talk.say("RCPT TO:<bob@local.test>"));
            node.write("caravan.properties", "my.words=never\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertEquals("550 5.7.1 never", talk.say("RCPT TO:<bob@local.test>"));
            node.write("caravan.properties", "");
            String place = routes.file("policy") + ":";
            assertTrue(ReloadTest.reload(node).get(0).startsWith(place));
            assertEquals("550 5.7.1 never", talk.say("RCPT TO:<bob@local.test>"));
        }
    }

    @Test
    void leavesFilesAsTheyAreThatTakeEffectAtAStart() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder).write("orders", ORDERS);
        routes.addRecipientRule("${header.recipient} == 'bob@local.test'", "refuse('5.7.1', '{{my.words}}')");
        try (TestServer node = new TestServer(folder)
                        .with(new FakeDns())
                        .set("http.listen", "127.0.0.1:0")
                        .write("caravan.properties", "mail.relay-networks=192.0.2.0/24\nmy.words=today\n")
                        .start();
                SmtpTestClient talk = begun(node);
                LoggedLines log = new LoggedLines()) {
            node.write("caravan.properties", "mail.relay-networks=127.0.0.0/8\nmy.words=never\n");
            assertEquals(List.of(), ReloadTest.reload(node));
            assertEquals("550 5.7.1 never", talk.say("RCPT TO:<bob@local.test>"));
            assertTrue(talk.say("RCPT TO:<a@far.test>").startsWith("250"));
            assertEquals("today", order(node));
            assertEquals(
                    List.of(routes.file("orders") + ": keeps the former value of my.words until the next start"),
                    log.of(ConfigWatcher.class, Level.WARN));
            routes.edit("orders", "/orders", "/other");
            List<String> problems = ReloadTest.reload(node);
            assertTrue(
                    problems.get(0).startsWith(routes.file("orders") + ":1: rest takes effect at the next start only"),
                    problems.toString());
            assertEquals("today", order(node));
        }
    }

    private static final String ORDERS = """
            - rest:
                path: /orders
                get:
                  - path: /{id}
                    to: direct:order
            - route:
                id: order
                from:
                  uri: direct:order
                  steps:
                    - setBody:
                        constant: "{{my.words}}"
            """;

    private static String order(TestServer node) throws Exception {
        URI orders = URI.create("http://" + node.node().http().orElseThrow() + "/orders/7");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(orders).build(), BodyHandlers.ofString())
                .body();
    }

    @Test
    void theDocumentNamesThoseThatCountAtOnce() throws Exception {
        Matcher live = LIVE.matcher(Files.readString(Path.of("docs/settings.md")));
        assertTrue(live.find());
        assertEquals(
                ServerSettings.CATALOG.settings().stream()
                        .filter(Setting::isLive)
                        .map(Setting::key)
                        .sorted()
                        .toList(),
                KEY.matcher(live.group(1))
                        .results()
                        .map(result -> result.group(1))
                        .sorted()
                        .toList());
    }

    private TestServer node(String file) throws Exception {
        return new TestServer(folder)
                .with(new FakeDns().answer("nowhere.test", new MxAnswer.NoSuchDomain()))
                .write("caravan.properties", file)
                .start();
    }

    private static SmtpTestClient begun(TestServer node) throws Exception {
        SmtpTestClient talk = new SmtpTestClient(node.smtp());
        talk.say("EHLO client.test");
        talk.say("MAIL FROM:<x@far.test>");
        return talk;
    }
}
