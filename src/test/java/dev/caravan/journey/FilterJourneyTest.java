package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.HttpSink;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Filters that keep mail waiting hold up their own mail only. */
@RunningServer(started = false)
class FilterJourneyTest {
    private static final int MANY = 200;
    private static final String CONTENT = "Subject: x\r\n\r\nhello\r\n";
    private static final String IN_CHECK_MAIL =
            "            message: \"${header.mailId} from <${header.sender}> is whole\"\n"
                    + "            loggingLevel: DEBUG\n";
    private static final String FILTERED = """
                    - filter:
                        simple: "${header.sender} == 'filtered@far.test'"
                        steps:
                          - bean:
                              beanType: dev.caravan.journey.FilterJourneyTest$Gate
                              method: METHOD
            """;

    /** A filter that answers when the test says so. */
    public static final class Gate {
        private static final AtomicInteger ASKED = new AtomicInteger();
        private static volatile CompletableFuture<Void> answer = new CompletableFuture<>();
        private static volatile CountDownLatch open = new CountDownLatch(1);

        static void shut() {
            ASKED.set(0);
            answer = new CompletableFuture<>();
            open = new CountDownLatch(1);
        }

        static void open() {
            open.countDown();
            answer.complete(null);
        }

        public CompletionStage<Void> ask() {
            ASKED.incrementAndGet();
            return answer;
        }

        public void block() throws InterruptedException {
            ASKED.incrementAndGet();
            open.await();
        }
    }

    private final FakeDns dns = new FakeDns();
    private TestServer node;

    @BeforeStart
    void prepare() {
        Gate.shut();
        node.set("smtp.max-connections-per-address", "1000").set("http.listen", "127.0.0.1:0");
    }

    @Test
    void manyWaitForAFilterWhileStrangersSendMail() throws Exception {
        startWith("ask");
        manyWait(MANY);
    }

    @Test
    void manyWaitForABeanThatBlocksWhileStrangersSendMail() throws Exception {
        node.set("smtp.policy-threads", "2");
        startWith("block");
        manyWait(2);
    }

    private void manyWait(int inHand) throws Exception {
        List<SmtpTestClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                clients.add(begin("<filtered@far.test>"));
            }
            Await.until("the filter has its share", () -> Gate.ASKED.get() == inHand);
            try (SmtpTestClient stranger = new SmtpTestClient(node.smtp())) {
                stranger.say("EHLO stranger.test");
                assertReply("250 2.0.0", stranger.send("<x@far.test>", List.of("<bob@local.test>"), CONTENT));
                assertReply("250 2.1.0", stranger.say("MAIL FROM:<filtered@far.test>"));
                assertReply("250 2.1.5", stranger.say("RCPT TO:<bob@local.test>"));
            }
            assertEquals(inHand, Gate.ASKED.get());
            assertEquals(List.of(), node.mailbox("alice"));
            Gate.open();
            for (SmtpTestClient client : clients) {
                assertReply("250 2.0.0", client.reply());
            }
            node.mailbox("alice", MANY);
            assertEquals(MANY, Gate.ASKED.get());
        } finally {
            Gate.open();
            for (SmtpTestClient client : clients) {
                client.close();
            }
        }
    }

    /** The client sends the message again, so that it would come twice. */
    @Test
    void storesNoMailWhoseClientLeftWhileItWasFiltered() throws Exception {
        startWith("ask");
        try (SmtpTestClient gone = begin("<filtered@far.test>")) {
            Await.until("the filter is asked", () -> Gate.ASKED.get() == 1);
            gone.reset();
            Await.until("the client is gone", () -> node.node().sessions() == 0);
        }
        Gate.open();
        node.send("<filtered@far.test>", List.of("<alice@local.test>"), "Subject: again\r\n\r\n");
        assertTrue(node.mailbox("alice", 1).get(0).contains("Subject: again"));
        Await.until("no file is left", () -> {
            try {
                return node.spool().isEmpty();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void theNewestIsDeferredWhenTooManyWaitForAFilter() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            node.set("filter.max-in-hand", "1").set("filter.max-waiting", "1");
            startWithRspamd("http://127.0.0.1:" + silent.getLocalPort() + "/checkv2");
            try (SmtpTestClient first = begin("<a@far.test>")) {
                Await.until("one is in hand", () -> metric("caravan_filter_in_hand", "rspamd") == 1);
                try (SmtpTestClient second = begin("<b@far.test>")) {
                    Await.until("one waits", () -> metric("caravan_filter_waiting", "rspamd") == 1);
                    try (SmtpTestClient third = begin("<c@far.test>")) {
                        assertEquals(
                                "451 4.3.2 too many messages wait for the filter rspamd, try again later",
                                third.reply());
                    }
                }
            }
            assertEquals(1, metric("caravan_refusals_total", "kind=\"temporary\",reason=\"filter\""));
        }
    }

    @Test
    void theNewestIsDeferredWhenTooMuchWaitsForABean() throws Exception {
        node.set("smtp.policy-threads", "1").set("filter.max-waiting-size", "100");
        startWith("block");
        try (SmtpTestClient first = begin("<filtered@far.test>")) {
            Await.until("one is in hand", () -> Gate.ASKED.get() == 1);
            assertEquals(
                    "451 4.3.2 too many messages wait for the filter FilterJourneyTest-Gate, try again later",
                    SmtpTestClient.sendOne(
                            node.smtp(),
                            "<filtered@far.test>",
                            "<bob@local.test>",
                            CONTENT + "x".repeat(100) + "\r\n"));
            Gate.open();
            assertReply("250 2.0.0", first.reply());
        } finally {
            Gate.open();
        }
    }

    @Test
    void aFilterThatIsDownIsNotAskedAgainAndAgain() throws Exception {
        HttpSink away = new HttpSink();
        String url = away.url();
        away.close();
        startWithRspamd(url);
        Await.until(
                "it is known to be down",
                () -> trySend().equals("451 4.3.2 the filter rspamd does not answer now, try again later"));
        assertTrue(metric("caravan_filter_failures_total", "reason=\"no-answer\"") >= 10);
        assertTrue(metric("caravan_filter_failures_total", "reason=\"down\"") >= 1);
    }

    /** As in homes that copied the recipe of an earlier version. */
    @Test
    void rspamdCanBeAskedByAnEndpoint() throws Exception {
        try (HttpSink rspamd = new HttpSink()) {
            rspamd.answer(200, "{\"action\":\"add header\",\"score\":7}")
                    .answer(200, "{\"action\":\"reject\",\"score\":20}");
            RecipeHome.with(node.folder());
            addToCheckMail("""
                            - bean: {ref: rspamd, method: mail}
                            - doTry:
                                steps:
                                  - to:
                                      uri: "{{rspamd.url}}"
                                      parameters:
                                        httpMethod: POST
                                        skipResponseHeaders: true
                                        throwExceptionOnFailure: false
                                  - bean: {ref: rspamd, method: answered}
                                doCatch:
                                  - exception: [java.lang.Exception]
                                    steps:
                                      - bean: {ref: rspamd, method: failed}
                    """);
            node.set("rspamd.url", rspamd.url()).start();
            assertReply("250", trySend());
            assertReply("554 5.7.1", trySend());
            assertReply("451 4.7.1", trySendAfter(rspamd));
            assertEquals(CONTENT, rspamd.taken().get(0).body());
            assertTrue(node.mailbox("bob", 1).get(0).contains("X-Spam: Yes"));
        }
    }

    private String trySendAfter(HttpSink rspamd) throws Exception {
        rspamd.close();
        return trySend();
    }

    private String trySend() {
        try {
            return SmtpTestClient.sendOne(node.smtp(), "<x@far.test>", "<bob@local.test>", CONTENT);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends a message and does not wait for its reply. */
    private SmtpTestClient begin(String sender) throws IOException {
        SmtpTestClient client = new SmtpTestClient(node.smtp());
        client.say("EHLO client.test");
        client.say("MAIL FROM:" + sender);
        client.say("RCPT TO:<alice@local.test>");
        client.say("DATA");
        client.raw(CONTENT + ".\r\n");
        return client;
    }

    private void startWith(String method) throws Exception {
        RecipeHome.with(node.folder());
        addToCheckMail(FILTERED.replace("METHOD", method));
        node.start();
    }

    private void startWithRspamd(String url) throws Exception {
        RecipeHome.with(node.folder(), "scan-with-rspamd");
        addToCheckMail("        - to: direct:scan-with-rspamd\n");
        node.set("rspamd.url", url).start();
    }

    private void addToCheckMail(String steps) throws IOException {
        Path policy = node.folder().resolve("routes/policy.camel.yaml");
        String text = Files.readString(policy);
        assertTrue(text.contains(IN_CHECK_MAIL));
        Files.writeString(policy, text.replace(IN_CHECK_MAIL, IN_CHECK_MAIL + steps));
    }

    private double metric(String name, String label) {
        return Scrape.of(node)
                .text()
                .lines()
                .filter(line -> line.startsWith(name + "{") && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static void assertReply(String beginning, String reply) {
        assertTrue(reply.startsWith(beginning), reply);
    }
}
