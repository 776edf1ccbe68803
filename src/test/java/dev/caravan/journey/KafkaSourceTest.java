package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.broker.MessageCopy;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueItem;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.KafkaBroker;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mail comes from a topic of a real Kafka, and events go into one. */
@Tag("server")
class KafkaSourceTest {
    private static final String LOCAL = "mail.deliver.local";
    private static final String INVALID = "mail.submit.invalid";
    private static final int RECORDS = 150;

    @TempDir
    static Path broker;

    @TempDir
    Path folder;

    private static KafkaBroker kafka;

    @BeforeAll
    static void start() throws Exception {
        kafka = new KafkaBroker(broker);
    }

    @AfterAll
    static void stop() throws Exception {
        kafka.close();
    }

    private TestServer node(String topic) {
        return new TestServer(folder)
                .set("delivery.paused", "true")
                .set("kafka.brokers", kafka.address())
                .set("kafka.topic", topic)
                .set("kafka.group", topic)
                .ticking();
    }

    private static String mail(String subject) {
        return "From: a@far.test\nTo: alice@local.test\nSubject: " + subject + "\n\nhello\n";
    }

    private static String content(QueueItem item) throws Exception {
        try (var in = item.mail().content().open()) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void takesRecordsInOrderAndSetsAsideWhatIsNoMail() throws Exception {
        kafka.make("mixed", 1);
        kafka.put("mixed", mail("one"), Map.of("to", "bob@local.test", "CamelHttpUri", "http://x/", "envid", "k-1"));
        kafka.put("mixed", "no mail", Map.of("contentType", "image/png"));
        kafka.put("mixed", "{\"from\": \"a@far.test\", \"to\": \"alice@local.test\", \"subject\": \"two\"}", Map.of());
        kafka.put(
                "mixed",
                "hello",
                Map.of("contentType", "text/plain", "from", "a@far.test", "to", "bob@local.test", "subject", "three"));
        try (TestServer node = node("mixed").start();
                JmsProbe talk = new JmsProbe()) {
            Await.until("all are taken", () -> kafka.committed("mixed", "mixed") == 4);
            List<QueueItem> items = node.items(LOCAL);
            assertEquals(3, items.size());
            MailObject first = items.get(0).mail();
            assertEquals("KAFKA", first.arrival().protocol());
            assertEquals(
                    "bob@local.test",
                    first.envelope().recipients().get(0).path().address());
            assertEquals(Optional.of("k-1"), first.envelope().parameters().envelopeId());
            assertTrue(content(items.get(0)).contains("Subject: one\r\n"));
            assertTrue(content(items.get(1)).contains("Subject: two\r\n"));
            assertTrue(content(items.get(2)).contains("Subject: three\r\n"));
            List<Message> aside = talk.browse(INVALID);
            assertEquals(1, aside.size());
            assertTrue(aside.get(0).getStringProperty("reason").startsWith("contentType image/png"));
            assertTrue(aside.get(0).getStringProperty("source").startsWith("kafka mixed-0-1 "));
            assertEquals(
                    "no mail", new String(MessageCopy.octets(aside.get(0)).orElseThrow(), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void sendsNothingAgainThatComesAgain() throws Exception {
        kafka.make("again", 1);
        kafka.put("again", mail("one"), Map.of());
        kafka.put("again", "no mail", Map.of());
        try (TestServer node = node("again")) {
            node.start();
            Await.until("both are taken", () -> kafka.committed("again", "again") == 2);
            node.stop();
            // As if we had died before the offsets were committed.
            kafka.rewind("again", "again", 0);
            kafka.put("again", mail("two"), Map.of());
            node.start();
            Await.until("all are taken", () -> kafka.committed("again", "again") == 3);
            assertEquals(2, node.depth(LOCAL));
            assertEquals(1, node.depth(INVALID));
        }
    }

    @Test
    void keepsARecordThatCannotBeStoredNow() throws Exception {
        kafka.make("later", 1);
        try (TestServer node = node("later").set("content.inline-limit", "1").start()) {
            Path spool = folder.resolve("data/spool");
            java.nio.file.Files.delete(spool);
            kafka.put("later", mail("one"), Map.of());
            kafka.put("later", mail("two"), Map.of());
            Await.until(
                    "it was tried",
                    () -> node.node().camel().getInflightRepository().size() > 0);
            assertEquals(0, kafka.committed("later", "later"));
            java.nio.file.Files.createDirectory(spool);
            Await.until("both are taken", () -> kafka.committed("later", "later") == 2);
            assertEquals(2, node.depth(LOCAL));
            assertTrue(content(node.items(LOCAL).get(0)).contains("Subject: one\r\n"));
        }
    }

    @Test
    void losesAndDoublesNothingWhenItIsKilled() throws Exception {
        kafka.make("killed", 1);
        for (int i = 0; i < RECORDS; i++) {
            kafka.put("killed", mail("number " + i), Map.of());
        }
        List<String> settings = List.of(
                "delivery.paused=true", "kafka.brokers=" + kafka.address(), "kafka.topic=killed", "kafka.group=killed");
        for (int kill = 1; kill <= 2; kill++) {
            int enough = kill * RECORDS / 4;
            try (Child child = new Child(folder, List.of(), settings)) {
                Await.until("some are taken", () -> kafka.committed("killed", "killed") >= enough);
                child.kill();
            }
            kafka.forgetMembers("killed");
        }
        try (TestServer node = node("killed").start()) {
            Await.until("all are taken", () -> kafka.committed("killed", "killed") == RECORDS);
            assertEquals(RECORDS, node.depth(LOCAL));
            Set<String> subjects = new HashSet<>();
            for (QueueItem item : node.items(LOCAL)) {
                subjects.add(content(item).replaceAll("(?s).*Subject: (number \\d+).*", "$1"));
            }
            assertEquals(RECORDS, subjects.size());
        }
    }

    @Test
    void theRecipeKeepsTheEventsOfAMailInOrder() throws Exception {
        kafka.make("outcomes", 3);
        RecipeHome.with(folder, "events-to-kafka");
        try (TestServer node = new TestServer(folder)
                .set("events.queues", "mail.events.kafka")
                .set("event-log.brokers", kafka.address())
                .set("event-log.topic", "outcomes")
                .start()) {
            for (int i = 0; i < 5; i++) {
                String reply = SmtpTestClient.sendOne(
                        node.smtp(), "<alice@local.test>", "<bob@local.test>", "Subject: x\r\n\r\nhello\r\n");
                assertTrue(reply.startsWith("250"), reply);
            }
            Map<String, List<String>> byMail = new LinkedHashMap<>();
            for (ConsumerRecord<String, String> record : kafka.read("outcomes", 10)) {
                var event = new ObjectMapper().readTree(record.value());
                assertEquals(record.key(), event.get("mailId").asText());
                byMail.computeIfAbsent(record.key(), key -> new ArrayList<>())
                        .add(event.get("event").asText());
            }
            assertEquals(5, byMail.size());
            byMail.values().forEach(events -> assertEquals(List.of("accepted", "delivered"), events));
            Await.until("the queue is empty", () -> node.depth("mail.events.kafka") == 0);
        }
    }
}
