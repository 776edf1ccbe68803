package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.admin.ControlFile;
import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator sees of the queues. */
@RunningServer(peerOffers = {"PIPELINING", "DSN"})
class QueueListTest {
    private static final String RETRY = "mail.retry.15m";
    private static final String BUSY = "450 4.2.1 busy";
    private static final MovingClock CLOCK = MovingClock.now();

    private static FakeMailServer peer;
    private static TestServer node;
    private static OperatorCli operator;

    @BeforeAll
    static void start() throws Exception {
        operator = new OperatorCli(node.folder());
    }

    private QueueItem defer(String content, String... recipients) throws Exception {
        peer.reply("RCPT", BUSY);
        List<String> paths =
                Stream.of(recipients).map(recipient -> "<" + recipient + ">").toList();
        node.send("<alice@local.test> ENVID=order-7", paths, content);
        Await.until("the mail waits", () -> node.depth(RETRY) == 1 && node.depth("mail.deliver.smtp") == 0);
        return node.items(RETRY).get(0);
    }

    @Test
    void saysOfEachRecipientWhatWasSaidLast() throws Exception {
        QueueItem item = defer("Subject: x\r\n\r\nhello\r\n", "bob@far.test", "carol@far.test");
        List<JsonNode> lines = operator.lists();
        assertEquals(1, lines.size());
        JsonNode line = lines.get(0);
        assertEquals(item.id().toString(), line.get("id").asText());
        assertEquals(item.mail().id().text(), line.get("mailId").asText());
        assertEquals("deferred", line.get("state").asText());
        assertEquals(RETRY, line.get("queue").asText());
        assertEquals("alice@local.test", line.get("sender").asText());
        assertEquals("order-7", line.get("envId").asText());
        assertEquals(item.mail().content().size(), line.get("size").asLong());
        assertEquals(1, line.get("attempts").asInt());
        assertEquals(
                CLOCK.instant().plus(Duration.ofMinutes(15)).toString(),
                line.get("nextAttemptAt").asText());
        assertEquals(2, line.get("recipients").size());
        JsonNode bob = line.get("recipients").get(0);
        assertEquals("bob@far.test", bob.get("recipient").asText());
        assertEquals("4.2.1", bob.get("status").asText());
        assertEquals(BUSY, bob.get("reply").asText());
        assertFalse(bob.get("warned").asBoolean());
    }

    @Test
    void printsColumnsThatProgramsKnow() throws Exception {
        assertEquals("Mail queue is empty\n", operator.types("mailq").out());
        QueueItem item = defer("Subject: x\r\n\r\nhello\r\n", "bob@far.test");
        List<String> lines = operator.types("mailq").out().lines().toList();
        assertEquals(operator.types("queue", "list").out().lines().toList(), lines);
        assertEquals(operator.types("sendmail", "-bp").out().lines().toList(), lines);
        assertTrue(lines.get(0).startsWith("-Queue ID-"), lines.get(0));
        String row = item.mail().id().text() + " +" + item.mail().content().size()
                + " +\\w{3} \\w{3} \\d\\d \\d\\d:\\d\\d:\\d\\d alice@local\\.test";
        assertTrue(lines.get(1).matches(row), lines.get(1));
        assertTrue(
                lines.get(2).matches("\\(deferred, 1 attempt, next \\w{3} \\d\\d [\\d:]{8}: 450 4\\.2\\.1 busy\\)"),
                lines.get(2));
        assertTrue(lines.get(3).matches(" +bob@far\\.test"), lines.get(3));
        assertEquals("-- 1 Kbytes in 1 Request.", lines.get(lines.size() - 1));
    }

    @Test
    void showsAllThatIsKnownOfAMail() throws Exception {
        QueueItem item = defer("Subject: one\u001b[2J\r\nX-Long: a\r\n b\r\n\r\nhello\r\n", "bob@far.test");
        String id = item.mail().id().text();
        JsonNode json = operator.types("queue", "show", id, "--json").json().get(0);
        assertEquals("client.test", json.get("helo").asText());
        assertEquals("127.0.0.1", json.get("client").asText());
        assertEquals(BUSY, json.get("attemptLog").get(0).get("reply").asText());
        assertTrue(json.get("header").asText().endsWith("Subject: one\u001b[2J\r\nX-Long: a\r\n b\r\n"));
        String text = operator.types("queue", "show", item.id().toString()).out();
        assertTrue(text.contains("\nrecipient: bob@far.test\n  status: 4.2.1\n"), text);
        assertTrue(text.contains("\nSubject: one?[2J\nX-Long: a\n b\n"), text);

        OperatorCli.Did nothing = operator.types("queue", "show", "0000000000000000");
        assertEquals(1, nothing.code());
        assertEquals("caravan: no such mail is in the queues\n", nothing.err());
    }

    @Test
    void listsAllAlsoWhatABrowseWouldNotShow() throws Exception {
        new Stock().transport("smtp").to("x@far.test").put(RETRY, 2300);
        new Stock().transport("smtp").to("y@near.test").put(RETRY, 20);
        new Stock().put("mail.hold", 7);
        new Stock().put("mail.bounced", 5);
        Set<String> ids = new HashSet<>();
        operator.lists("--limit", "100000")
                .forEach(line -> ids.add(line.get("id").asText()));
        assertEquals(2327, ids.size());
        assertEquals(20, operator.lists("--domain", "near.test").size());
        assertEquals(20, operator.lists("--to", "Y@near.test").size());
        assertEquals(0, operator.lists("--to", "z@near.test").size());
        assertEquals(7, operator.lists("--state", "held").size());
        assertEquals(5, operator.lists("--state", "bounced").size());
        assertEquals(1, operator.lists("--id", ids.iterator().next()).size());
        assertEquals(0, operator.lists("--from", "<>").size());
        assertEquals(
                27, operator.lists("--from", "@local.test", "--limit", "9999").size() - 2300);
    }

    @Test
    void saysThatThereIsMoreThanItShows() throws Exception {
        new Stock().transport("smtp").to("x@far.test").put(RETRY, 1500);
        OperatorCli.Did did = operator.types("mailq");
        assertEquals(
                1000,
                did.out()
                        .lines()
                        .filter(line -> line.endsWith("bob@local.test"))
                        .count());
        assertTrue(did.out().endsWith(" Kbytes in 1500 Requests.\n"), did.out());
        assertEquals("caravan: there are more mails than are shown (--limit 1000)\n", did.err());
        OperatorCli.Did all = operator.types("mailq", "--limit", "1500");
        assertEquals(
                1500,
                all.out()
                        .lines()
                        .filter(line -> line.endsWith("bob@local.test"))
                        .count());
        assertEquals("", all.err());
    }

    @Test
    void refusesWhatItDoesNotUnderstand() {
        OperatorCli.Did did = operator.types("queue", "list", "--state", "lost");
        assertEquals(1, did.code());
        assertTrue(did.err().contains("400: no such state (expected: later, deferred, active,"), did.err());
        assertEquals(
                1, operator.types("queue", "list", "--id", "../../etc/passwd").code());
        assertEquals(1, operator.types("queue", "list", "--from", "nobody").code());
    }

    @Test
    void answersOnlyWhoCanReadTheControlFile() throws Exception {
        Path file = node.folder().resolve("data/control");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        ControlFile control = ControlFile.read(file);
        assertEquals(401, ask(control.port(), "/queue", "Accept", "*/*").statusCode());
        String wrong = "Bearer " + control.token().replaceAll(".$", "!");
        assertEquals(401, ask(control.port(), "/queue", "Authorization", wrong).statusCode());
        String right = "Bearer " + control.token();
        assertEquals(200, ask(control.port(), "/queue", "Authorization", right).statusCode());
        HttpResponse<String> unknown = ask(control.port(), "/queue?form=x", "Authorization", right);
        assertEquals(400, unknown.statusCode(), unknown.body());
    }

    private static HttpResponse<String> ask(int port, String path, String field, String value) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .header(field, value)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
