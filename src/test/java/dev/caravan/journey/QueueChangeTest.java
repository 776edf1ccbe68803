package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.ItemProperties;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.EventTalk;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Stock;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.activemq.command.ActiveMQQueue;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator does with mail in the queues; nothing is delivered meanwhile. */
@RunningServer(
        settings = {
            "delivery.paused=true",
            "events.topic=true",
            "content.inline-limit=2KiB",
            "mail.relay-networks=127.0.0.0/8"
        })
class QueueChangeTest {
    private static final String RETRY = "mail.retry.15m";
    private static final String SMTP = QueueNames.deliver("smtp");
    private static final MovingClock CLOCK = MovingClock.now();

    private static TestServer node;
    private static OperatorCli operator;

    @BeforeAll
    static void start() throws Exception {
        operator = new OperatorCli(node.folder());
    }

    private static Stock stock() {
        return new Stock().queuedAt(CLOCK.instant()).transport("smtp");
    }

    private static void assertSays(String words, OperatorCli.Did did) {
        assertEquals(words + "\n", did.out(), did.err());
        assertEquals(0, did.code());
    }

    private static List<String> ids(String... filters) throws Exception {
        return operator.lists(filters).stream()
                .map(line -> line.get("id").asText())
                .toList();
    }

    @Test
    void flushesAllThatIsDeferred() throws Exception {
        stock().put(RETRY, 1700);
        stock().put("mail.retry.30s", 30);
        stock().put("mail.hold", 3);
        assertSays("1730 flushed", operator.types("queue", "flush", "--all"));
        assertEquals(1730, node.depth(SMTP));
        assertEquals(0, node.depth(RETRY));
        assertEquals(3, node.depth("mail.hold"));
        assertSays("0 flushed", operator.types("queue", "flush", "--all"));
    }

    @Test
    void flushesOnlyWhatIsSelectedAndKeepsTheRestInOrder() throws Exception {
        stock().to("x@far.test").put(RETRY, 900);
        stock().to("y@near.test").put(RETRY, 10);
        stock().to("x@far.test").put(RETRY, 700);
        stock().to("y@near.test").put(RETRY, 1);
        List<String> others = ids("--domain", "far.test", "--limit", "9999");
        Set<String> selected = new TreeSet<>(ids("--domain", "near.test"));

        assertSays("11 flushed", operator.types("queue", "flush", "--domain", "near.test"));
        assertEquals(selected, new TreeSet<>(ids("--state", "active")));
        List<String> after = ids("--state", "deferred", "--limit", "9999");
        assertEquals(others, after);
        for (QueueItem item : node.items(SMTP)) {
            assertEquals(0, item.progress().attempts());
        }

        assertEquals(0, node.node().tick(), "they wait as long as before");
        CLOCK.advance(Duration.ofMinutes(15));
        int moved = 0;
        for (int last = node.node().tick(); last > 0; last = node.node().tick()) {
            moved += last;
        }
        assertEquals(1600, moved);
    }

    @Test
    void keepsTheOrderIfTheLastIsNotSelected() throws Exception {
        stock().to("x@far.test").put(RETRY, 500);
        stock().to("y@near.test").put(RETRY, 3);
        stock().to("x@far.test").put(RETRY, 1000);
        List<String> others = ids("--domain", "far.test", "--limit", "9999");
        assertSays("3 flushed", operator.types("queue", "flush", "--domain", "near.test"));
        assertEquals(others, ids("--domain", "far.test", "--limit", "9999"));
    }

    @Test
    void leavesAQueueAloneThatHoldsNothingSelected() throws Exception {
        stock().to("x@far.test").put(RETRY, 500);
        long before = node.taken(RETRY);
        assertSays("0 flushed", operator.types("queue", "flush", "--domain", "near.test"));
        assertSays("0 removed", operator.types("queue", "remove", "--domain", "near.test", "--yes"));
        assertEquals(before, node.taken(RETRY));
    }

    @Test
    void removesWhatIsSelectedForGood() throws Exception {
        stock().to("x@far.test").put(RETRY, 600);
        stock().to("y@near.test").put(RETRY, 5);
        stock().to("y@near.test").put(SMTP, 4);
        stock().to("y@near.test").put("mail.hold", 3);
        stock().to("y@near.test").put("mail.bounced", 2);
        try (EventTalk events = EventTalk.selecting("event='removed'")) {
            assertSays("12 removed", operator.types("queue", "remove", "--to", "y@near.test", "--yes"));
            for (String event : events.next(12)) {
                assertEquals("removed y@near.test", event);
            }
            assertTrue(events.isQuiet());
        }
        assertEquals(600, node.depth(RETRY));
        assertEquals(0, node.depth(SMTP));
        assertEquals(0, node.depth("mail.hold"));
        assertEquals(2, node.depth("mail.bounced"));
        assertSays(
                "2 removed", operator.types("queue", "remove", "--domain", "near.test", "--state", "bounced", "--yes"));
    }

    @Test
    void removesTheFilesOfLargeContent() throws Exception {
        String large = "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(1000);
        node.send("<bob@local.test>", List.of("<alice@local.test>"), large);
        node.send("<bob@local.test>", List.of("<carol@local.test>"), large);
        assertEquals(2, node.spool().size());
        String id = ids("--to", "alice@local.test").get(0);
        assertSays("1 removed", operator.types("queue", "remove", id));
        assertEquals(1, node.spool().size());
        assertEquals(ids().get(0), node.spool().get(0));
        String mail = operator.lists().get(0).get("mailId").asText();
        assertSays("1 removed", operator.types("queue", "remove", mail));
        assertEquals(List.of(), node.spool());
    }

    @Test
    void keepsMailThatHasOtherRecipientsToo() throws Exception {
        node.send("<bob@local.test>", "<alice@local.test>", "<carol@local.test>");
        assertSays("0 removed", operator.types("queue", "remove", "--to", "alice@local.test", "--yes"));
        JsonNode line = operator.lists("--to", "alice@local.test").get(0);
        assertEquals(2, line.get("recipients").size());
        assertSays("1 removed", operator.types("queue", "remove", "--domain", "local.test", "--yes"));
    }

    @Test
    void doesNotTouchMailThatIsInDelivery() throws Exception {
        stock().put(SMTP, 20);
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).openForConsumer();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
                MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(SMTP))) {
            String inHand = ItemProperties.text(consumer.receive(20_000), ItemProperties.ITEM_ID)
                    .orElseThrow();
            // The consumer's next one is on its way to it: that is in its hand too.
            OperatorCli.Did did = operator.types("queue", "remove", "--to", "alice@local.test", "--yes");
            assertTrue(
                    did.out()
                            .matches("1[89] removed; [12] more are in delivery now or have moved on, and were not"
                                    + " touched\n"),
                    did.out());
            assertNotNull(inHand);
            assertTrue(ids().contains(inHand));
            session.rollback();
        }
        OperatorCli.Did rest = operator.types("queue", "remove", "--to", "alice@local.test", "--yes");
        assertTrue(rest.out().matches("[12] removed\n"), rest.out());
    }

    @Test
    void holdsWhatIsNotDeliveredYetAndReleasesIt() throws Exception {
        stock().to("x@far.test").put(RETRY, 600);
        stock().to("y@near.test").put(RETRY, 5);
        stock().to("y@near.test").put(SMTP, 4);
        assertSays("9 held", operator.types("queue", "hold", "--to", "y@near.test"));
        assertEquals(9, node.depth("mail.hold"));
        assertEquals(600, node.depth(RETRY));
        assertEquals(
                1, operator.types("queue", "hold", "--all", "--state", "dead").code());
        assertEquals(
                1,
                operator.types("queue", "release", "--all", "--state", "dead").code());
        JsonNode held = operator.lists("--state", "held").get(0);
        assertEquals("held by an operator", held.get("heldReason").asText());
        assertEquals(
                "operator " + System.getProperty("user.name"),
                held.get("heldBy").asText());

        assertSays("0 released", operator.types("queue", "release", "--to", "x@far.test"));
        assertSays(
                "1 released", operator.types("queue", "release", held.get("id").asText()));
        assertSays("8 released", operator.types("queue", "release", "--all"));
        assertEquals(0, node.depth("mail.hold"));
        assertEquals(9, node.depth(SMTP));
        assertTrue(node.items(SMTP).stream()
                .allMatch(item -> item.attributes().hold().isEmpty()));
    }

    @Test
    void doesNotHoldWhatWaitsToBeReturned() throws Exception {
        stock().returningTo(QueueNames.DEAD).put(RETRY, 2);
        assertSays("0 held", operator.types("queue", "hold", "--all"));
        assertEquals(2, node.depth(RETRY));
    }

    @Test
    void asksForMoreThanAWordBeforeMuchIsGone() throws Exception {
        stock().put(RETRY, 5);
        assertEquals(2, operator.types("queue", "remove", "--all").code());
        assertEquals(
                2, operator.types("queue", "remove", "--domain", "far.test").code());
        assertEquals(2, operator.types("queue", "remove", "--yes").code());
        assertEquals(2, operator.types("queue", "flush").code());
        assertEquals(
                2, operator.types("queue", "flush", "--all", "--domain", "x").code());
        assertEquals(
                1, operator.types("queue", "flush", "--all", "--state", "held").code());
        assertEquals(5, node.depth(RETRY));
        assertSays("5 removed", operator.types("queue", "remove", "--all", "--yes"));
    }

    @Test
    void takesMailOnlyThatWasThereWhenItBegan() throws Exception {
        stock().put(RETRY, 50);
        stock().queuedAt(CLOCK.instant().plus(Duration.ofSeconds(1))).put(RETRY, 3);
        assertSays("50 flushed", operator.types("queue", "flush", "--all"));
        assertEquals(3, node.depth(RETRY));
    }

    @Test
    void leavesWhatIsNoItemWhereItIs() throws Exception {
        stock().put("mail.hold", 2);
        try (JmsProbe talk = new JmsProbe()) {
            talk.putText("mail.hold", "not an item");
        }
        assertEquals(2, ids().size());
        assertSays("2 removed", operator.types("queue", "remove", "--all", "--yes"));
        assertEquals(1, node.depth("mail.hold"));
    }

    @Test
    void countsAndKeepsWhatIsTriedAgainAfterwards() throws Exception {
        stock().arrivedAt(Instant.EPOCH).put(RETRY, 3);
        Set<String> states = operator.lists().stream()
                .map(line -> line.get("state").asText())
                .collect(Collectors.toSet());
        assertEquals(Set.of("deferred"), states);
        assertSays("1 flushed", operator.types("queue", "flush", ids().get(2)));
        assertEquals(2, node.depth(RETRY));
        assertEquals(1, node.depth(SMTP));
    }
}
