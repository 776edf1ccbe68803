package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.mail.Hold;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.EventTalk;
import dev.caravan.testkit.HoldingMailHost;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of mail that is being delivered, and does with it. */
@Tag("server")
class InHandTest {
    private static final String SMTP = QueueNames.deliver("smtp");
    private static final String LARGE = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(500);

    @TempDir
    Path folder;

    private HoldingMailHost host;
    private TestServer node;
    private OperatorCli operator;

    @BeforeEach
    void start() throws Exception {
        host = new HoldingMailHost("RCPT");
        node = new TestServer(folder)
                .set("delivery.smarthost", host.address())
                .set("http.listen", "127.0.0.1:0")
                .set("delivery.max-in-hand", "40")
                .set("events.topic", "true")
                .set("content.inline-limit", "2KiB")
                .start();
        operator = new OperatorCli(folder);
    }

    @AfterEach
    void stop() {
        host.close();
        node.close();
    }

    private void send(String to) throws Exception {
        node.send("<bob@local.test>", List.of(to), LARGE);
    }

    private static void assertSays(String words, OperatorCli.Did did) {
        assertEquals(words + "\n", did.out(), did.err());
        assertEquals(0, did.code());
    }

    @Test
    void removesWhatHasNotSentItsContentWithItsFile() throws Exception {
        send("<x@far.test>");
        host.awaitHeld(1);
        try (EventTalk events = EventTalk.selecting("event='removed'")) {
            assertSays("1 removed", operator.types("queue", "remove", "--to", "x@far.test", "--yes"));
            assertEquals(List.of("removed x@far.test"), events.next(1));
        }
        assertEquals(0, node.depth(SMTP));
        assertEquals(List.of(), node.spool());
        host.release();
        send("<y@far.test>");
        Await.until("the next is delivered", () -> host.taken().size() == 1);
        assertEquals(List.of("RCPT TO:<y@far.test>"), host.taken().get(0).recipients());
    }

    @Test
    void holdsWhatHasNotSentItsContentAndReleasesIt() throws Exception {
        send("<x@far.test>");
        host.awaitHeld(1);
        assertSays(
                "1 held", operator.types("queue", "hold", "--domain", "far.test", "--reason", "a\u001b[2J question"));
        assertEquals(0, node.depth(SMTP));
        QueueItem item = node.items(QueueNames.HOLD).get(0);
        Hold hold = item.attributes().hold().orElseThrow();
        assertEquals("operator " + System.getProperty("user.name"), hold.by());
        assertEquals("a?[2J question", hold.reason());
        assertEquals(0, item.progress().attempts(), "that is no attempt");
        assertTrue(operator.types("mailq").out().contains("(held by operator "));

        host.release();
        assertSays("1 released", operator.types("queue", "release", "--all"));
        Await.until("it is delivered", () -> host.taken().size() == 1 && node.depth(SMTP) == 0);
        assertEquals(0, node.depth(QueueNames.HOLD));
        node.awaitQuiet();
        assertEquals(List.of(), node.spool());
    }

    @Test
    void refusesWhatAwaitsItsLastReply() throws Exception {
        host.holdAt(".");
        send("<x@far.test>");
        host.awaitHeld(1);
        String refused = "; being delivered, and not touched, because the last reply is awaited: 1";
        assertSays("0 removed" + refused, operator.types("queue", "remove", "--to", "x@far.test", "--yes"));
        assertSays("0 held" + refused, operator.types("queue", "hold", "--all"));
        host.release();
        Await.until("it is delivered", () -> node.depth(SMTP) == 0);
        assertEquals(1, host.taken().size());
        assertEquals(0, node.depth(QueueNames.HOLD));
    }

    @Test
    void showsWhatIsBeingDelivered() throws Exception {
        send("<x@far.test>");
        host.awaitHeld(1);
        JsonNode line = operator.lists("--state", "in-hand").get(0);
        assertEquals("in-hand", line.get("state").asText());
        assertEquals(
                "x@far.test", line.get("recipients").get(0).get("recipient").asText());
        JsonNode delivery = line.get("deliveries").get(0);
        assertEquals("recipients", delivery.get("stage").asText());
        assertEquals(host.address(), delivery.get("destination").asText());
        assertEquals(host.address(), delivery.get("address").asText());
        assertEquals("127.0.0.1", delivery.get("host").asText());
        assertEquals(List.of(), operator.lists("--state", "in-hand", "--to", "y@far.test"));
        assertEquals(1, operator.lists("--state", "active").size());
        assertEquals(
                1,
                operator.types("queue", "list", "--state", "in-hand", "--state", "held")
                        .code());
        String table = operator.types("queue", "list", "--state", "in-hand").out();
        assertTrue(table.contains("(recipients since "), table);
        assertTrue(table.contains(" " + host.address() + " 127.0.0.1 " + host.address() + ")"), table);

        JsonNode top = operator.types("top", "--json").json().get(0);
        assertEquals(1, top.get("inHand").asInt());
        assertEquals(1, top.get("stages").get("recipients").asInt());
        JsonNode destination = top.get("destinations").get(0);
        assertEquals(1, destination.get("running").asInt());
        assertEquals(0, destination.get("waiting").asInt());
        assertTrue(destination.get("limit").asInt() > 0);
        assertEquals(
                line.get("id").asText(), top.get("attempts").get(0).get("id").asText());
        String picture = operator.types("top").out();
        assertTrue(picture.contains("1 in hand: recipients 1\n"), picture);
        assertTrue(picture.contains(line.get("id").asText()), picture);
        assertTrue(Scrape.of(node).has("caravan_deliveries_in_hand{stage=\"recipients\",transport=\"smtp\"}", 1));
        assertTrue(Scrape.of(node).has("caravan_deliveries_in_hand{stage=\"content\",transport=\"smtp\"}", 0));

        host.release();
        Await.until("it is delivered", () -> node.depth(SMTP) == 0);
        Await.until("nothing is in hand", () -> operator.types("top").out().endsWith("  0 in hand\n"));
        assertEquals(List.of(), operator.lists("--state", "in-hand"));
    }

    @Test
    void listsInPages() throws Exception {
        for (int i = 1; i <= 4; i++) {
            send("<x" + i + "@far.test>");
            host.awaitHeld(i);
        }
        OperatorCli.Did first = operator.types("queue", "list", "--state", "in-hand", "--json", "--limit", "3");
        assertEquals(3, first.json().size());
        assertTrue(first.err().contains("there are more"), first.err());
        JsonNode top = operator.types("top", "--json", "--limit", "2").json().get(0);
        assertEquals(4, top.get("inHand").asInt());
        assertEquals(2, top.get("attempts").size());
        assertTrue(operator.types("top", "--limit", "2").out().contains("(2 more attempts: --limit)"));
        assertEquals(1, operator.types("top", "--limit", "0").code());
    }

    @Test
    void reachesOnlyWhatIsSelected() throws Exception {
        send("<x@far.test>");
        host.awaitHeld(1);
        send("<y@near.test>");
        host.awaitHeld(2);
        assertSays("1 held", operator.types("queue", "hold", "--domain", "near.test"));
        assertSays(
                "0 removed", operator.types("queue", "remove", "--domain", "far.test", "--state", "deferred", "--yes"));
        assertSays("0 flushed", operator.types("queue", "flush", "--all"));
        assertEquals(
                1,
                operator.types("queue", "flush", "--all", "--state", "in-hand").code());
        assertSays("1 removed", operator.types("queue", "remove", "--all", "--state", "in-hand", "--yes"));
        assertEquals(1, node.depth(QueueNames.HOLD));
    }
}
