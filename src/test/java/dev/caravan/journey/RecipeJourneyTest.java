package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.broker.MessageCopy;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import jakarta.jms.BytesMessage;
import jakarta.jms.Message;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Recipes of which more is to be seen than replies: what is in the mail, and what other systems hear. */
@RunningServer(started = false)
class RecipeJourneyTest {
    private static final String CONTENT = "Subject: x\r\nX-Spam: No\r\n\r\nhello\r\n";
    private static final String LARGE = CONTENT + "0123456789\r\n".repeat(50_000);

    private final FakeDns dns = new FakeDns();
    private TestServer node;
    private HttpSink sink;

    @BeforeStart
    void prepare() throws Exception {
        sink = new HttpSink();
    }

    @AfterEach
    void stop() {
        sink.close();
    }

    @Test
    void tagsMailAndSendsItToHostsOfItsOwn() throws Exception {
        RecipeHome.with(node.folder(), "tag-and-reroute");
        add("destinations", "", "- to: direct:tag-and-reroute");
        try (FakeMailServer bulk = new FakeMailServer()) {
            node.set("bulk.hosts", bulk.address()).start();
            String mail = "X-Mail-Class: forged\r\n folded\r\nX-Application: newsletter\r\n";
            node.send("<x@far.test>", List.of("<a@far.test>", "<alice@local.test>"), mail + CONTENT);
            node.send("<x@far.test>", List.of("<b@far.test>", "<bob@local.test>"), mail + LARGE);
            Await.until("both are taken", () -> bulk.taken().size() == 2);
            String small = bulk.takenFor("a@far.test").get(0).content();
            assertTrue(small.contains("\r\nX-Mail-Class: bulk\r\nX-Application: newsletter\r\n" + CONTENT), small);
            assertTrue(bulk.takenFor("b@far.test").get(0).content().endsWith("\r\n" + LARGE));
            for (String user : List.of("alice", "bob")) {
                String kept = node.mailbox(user, 1).get(0);
                assertTrue(kept.contains("X-Mail-Class: bulk\n"), user);
                assertTrue(!kept.contains("forged") && !kept.contains("folded"), user);
            }
            awaitEmptySpool();
        }
    }

    @Test
    void removesATagThatTheSenderWrote() throws Exception {
        RecipeHome.with(node.folder(), "tag-and-reroute");
        add("destinations", "", "- to: direct:tag-and-reroute");
        node.set("bulk.hosts", "unused.test").start();
        node.send(
                "<x@far.test>",
                List.of("<alice@local.test>"),
                "Subject: y\r\nx-mail-class:bulk\r\n\tfolded\r\n" + CONTENT);
        node.send("<x@far.test>", List.of("<bob@local.test>"), "X-Mail-Class: bulk\r\n" + LARGE);
        String mail = node.mailbox("alice", 1).get(0);
        assertTrue(mail.endsWith("\nSubject: y\n" + CONTENT.replace("\r\n", "\n")), mail);
        assertTrue(!mail.contains("folded"), mail);
        assertTrue(!node.mailbox("bob", 1).get(0).contains("Class"));
        awaitEmptySpool();
    }

    @Test
    void asksAServiceAboutEachRecipient() throws Exception {
        askHttp(sink.url());
        sink.answer(204, "")
                .answer(200, "{\"answer\":\"refuse\",\"status\":\"5.1.1\",\"text\":\"no such\\r\\nuser\"}")
                .answer(200, "{\"answer\":\"defer\",\"status\":\"5.2.1\",\"text\":\"full\"}")
                .answer(500, "{\"answer\":\"pass\"}")
                .answer(200, "yes")
                .answer(200, "{\"answer\":\"pass\"}");
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<x@far.test>");
            assertReply("250 2.1.5", talk.say("RCPT TO:<alice@local.test>"));
            assertReply("550 5.1.1 no such??user", talk.say("RCPT TO:<bob@local.test>"));
            assertReply("451 4.7.1 full", talk.say("RCPT TO:<bob@local.test>"));
            assertReply("451 4.4.3 ", talk.say("RCPT TO:<bob@local.test>"));
            assertReply("451 4.4.3 ", talk.say("RCPT TO:<bob@local.test>"));
            assertReply("550 5.1.1 ", talk.say("RCPT TO:<nobody@local.test>"));
            assertReply("250 2.1.5", talk.say("RCPT TO:<carol@local.test>"));
            talk.say("DATA");
            talk.raw(CONTENT);
            assertReply("250 ", talk.say("."));
        }
        assertEquals(6, sink.taken().size(), "who would be refused anyway is not asked about");
        HttpSink.Taken first = sink.taken().get(0);
        assertEquals("POST", first.method());
        JsonNode question = new ObjectMapper().readTree(first.body());
        assertEquals("alice@local.test", question.path("recipient").asText());
        assertEquals("x@far.test", question.path("sender").asText());
        assertEquals("127.0.0.1", question.path("remoteAddress").asText());
        assertEquals("client.test", question.path("helo").asText());
        assertEquals("recipient", question.path("stage").asText());
        assertEquals("null", first.header("sender"), "nothing of the question is in the header");
        node.mailbox("alice", 1);
        node.mailbox("carol", 1);
        assertEquals(List.of(), node.mailbox("bob"));
    }

    @Test
    void doesNotWaitForEverForAService() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            askHttp("http://127.0.0.1:" + silent.getLocalPort() + "/");
            String reply = SmtpTestClient.sendOne(node.smtp(), "<x@far.test>", "<alice@local.test>", CONTENT);
            assertReply("451 4.4.3 ", reply);
        }
        String reply = SmtpTestClient.sendOne(node.smtp(), "<x@far.test>", "<alice@local.test>", CONTENT);
        assertReply("451 4.4.3 ", reply);
    }

    private void askHttp(String url) throws Exception {
        RecipeHome.with(node.folder(), "ask-http");
        Path recipe = node.folder().resolve("routes/ask-http.camel.yaml");
        Files.writeString(recipe, Files.readString(recipe).replace("'5s'", "'500ms'"));
        add("policy", "            ref: recipientCheck\n", "- to: direct:ask-http");
        node.set("ask.url", url).start();
    }

    @Test
    void asksRspamdAboutEachMail() throws Exception {
        RecipeHome.with(node.folder(), "scan-with-rspamd");
        add(
                "policy",
                "            message: \"${header.mailId} from <${header.sender}> is whole\"\n"
                        + "            loggingLevel: DEBUG\n",
                "- to: direct:scan-with-rspamd");
        node.set("rspamd.url", sink.url()).start();
        sink.answer(200, "{\"action\":\"no action\",\"score\":1}")
                .answer(200, "{\"action\":\"add header\",\"score\":7.125}")
                .answer(200, "{\"action\":\"reject\",\"score\":20}")
                .answer(200, "{\"action\":\"soft reject\",\"score\":20}")
                .answer(200, "what?");
        node.send("<x@far.test>", List.of("<alice@local.test>"), CONTENT);
        node.send("<x@far.test>", List.of("<bob@local.test>"), LARGE);
        assertReply("554 5.7.1 ", trySend());
        assertReply("451 4.7.1 ", trySend());
        assertReply("451 4.7.1 ", trySend());
        sink.close();
        assertReply("451 4.7.1 ", trySend());
        HttpSink.Taken first = sink.taken().get(0);
        assertEquals("x@far.test", first.header("From"));
        assertEquals("alice@local.test", first.header("Rcpt"));
        assertEquals("127.0.0.1", first.header("Ip"));
        assertEquals("client.test", first.header("Helo"));
        assertEquals(CONTENT, first.body());
        assertEquals(LARGE, sink.taken().get(1).body());
        assertTrue(!node.mailbox("alice", 1).get(0).contains("X-Spam"));
        String spam = node.mailbox("bob", 1).get(0);
        assertTrue(spam.contains("\nX-Spam: Yes\nX-Spam-Score: 7.13\nSubject: x\n\nhello\n"), spam.substring(0, 500));
        assertEquals(List.of(), node.mailbox("carol"));
        awaitEmptySpool();
    }

    @Test
    void copiesEachMailToTheArchiveOnce() throws Exception {
        RecipeHome.with(node.folder(), "copy-to-archive");
        add("destinations", "", "- to: direct:copy-to-archive");
        node.set("mail.confirm", "always").start();
        node.send("<x@far.test>", List.of("<alice@local.test>", "<bob@local.test>"), CONTENT);
        node.send("<x@far.test>", List.of("<carol@local.test>"), LARGE);
        Await.until("both are there", () -> node.hasQueue("archive.mail") && node.depth("archive.mail") == 2);
        node.mailbox("alice", 1);
        node.mailbox("bob", 1);
        node.mailbox("carol", 1);
        try (JmsProbe talk = new JmsProbe()) {
            List<Message> copies = talk.browse("archive.mail");
            assertEquals(2, copies.size(), "our own reports are not copied");
            assertEquals("x@far.test", copies.get(0).getStringProperty("sender"));
            for (String content : List.of(CONTENT, LARGE)) {
                assertEquals(
                        1,
                        copies.stream()
                                .filter(copy -> text(copy).endsWith("\r\n" + content))
                                .count());
            }
        }
        awaitEmptySpool();
    }

    @Test
    void addsAFooterToMailOfADomainThatIsStoredWithIt() throws Exception {
        RecipeHome.with(node.folder(), "add-footer");
        add("destinations", "", "- to: direct:add-footer");
        node.write("footer.txt", "-- \nExample Ltd\n")
                .write("footer.html", "<p>Example Ltd</p>\n")
                .set("footer.domain", "FAR.test")
                .start();
        node.send("<x@far.test>", List.of("<alice@local.test>"), CONTENT);
        node.send("<x@far.test>", List.of("<bob@local.test>"), LARGE);
        node.send("<x@far.test>", List.of("<carol@local.test>"), "DKIM-Signature: v=1\r\n" + CONTENT);
        assertReply("250", SmtpTestClient.sendOne(node.smtp(), "<x@other.test>", "<carol@local.test>", CONTENT));
        String mail = node.mailbox("alice", 1).get(0);
        assertTrue(mail.endsWith("\nhello\n-- \nExample Ltd\n"), mail);
        assertTrue(node.mailbox("bob", 1).get(0).endsWith("\n0123456789\n-- \nExample Ltd\n"));
        for (String untouched : node.mailbox("carol", 2)) {
            assertTrue(untouched.endsWith("\n" + CONTENT.replace("\r\n", "\n")), untouched);
        }
        awaitEmptySpool();
    }

    private static String text(Message message) {
        return new String(MessageCopy.octets((BytesMessage) message).orElseThrow(), StandardCharsets.ISO_8859_1);
    }

    /** Adds a step behind a text of a file of routes; behind all of it if there is no text. */
    private void add(String file, String behind, String step) throws Exception {
        Path path = node.folder().resolve("routes").resolve(file + ".camel.yaml");
        String text = Files.readString(path);
        String line = "        " + step + "\n";
        Files.writeString(path, behind.isEmpty() ? text + line : text.replace(behind, behind + line));
        assertTrue(Files.readString(path).contains(line));
    }

    private void awaitEmptySpool() {
        Await.until("no file is left", () -> {
            try {
                return node.spool().isEmpty();
            } catch (java.io.IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private String trySend() throws Exception {
        return SmtpTestClient.sendOne(node.smtp(), "<x@far.test>", "<carol@local.test>", LARGE);
    }

    private static void assertReply(String beginning, String reply) {
        assertTrue(reply.startsWith(beginning), reply);
    }
}
