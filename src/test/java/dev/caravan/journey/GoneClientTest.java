package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that is gone before its turn sends its mail again, so it must not be stored now. */
@Tag("server")
class GoneClientTest {
    private static final String GATE = """
                    - bean:
                        beanType: dev.caravan.journey.GoneClientTest$Gate
                        method: pass
            """;

    /** A rule that takes as long as the test wants. */
    public static final class Gate {
        private static final CountDownLatch ENTERED = new CountDownLatch(1);
        private static final CountDownLatch OPEN = new CountDownLatch(1);

        public void pass() throws InterruptedException {
            ENTERED.countDown();
            OPEN.await();
        }
    }

    @TempDir
    Path folder;

    @Test
    void storesNoMailWhoseClientLeftBeforeItsTurn() throws Exception {
        writeRoutes();
        try (TestServer node = new TestServer(folder)
                .with(new FakeDns())
                .set("smtp.policy-threads", "1")
                .start()) {
            try (SmtpTestClient slow = new SmtpTestClient(node.smtp());
                    SmtpTestClient gone = new SmtpTestClient(node.smtp())) {
                gone.say("EHLO gone.test");
                gone.say("MAIL FROM:<a@far.test>");
                gone.say("RCPT TO:<alice@local.test>");
                gone.say("DATA");
                slow.say("EHLO slow.test");
                slow.say("MAIL FROM:<a@far.test>");
                slow.say("RCPT TO:<bob@local.test>");
                slow.say("DATA");
                slow.raw("Subject: slow\r\n\r\n.\r\n");
                Await.zero("the rule is asked", Gate.ENTERED);
                // The dot is read before the end of the connection, and so the mail has its place in the queue by then.
                gone.raw("Subject: gone\r\n\r\n.\r\n");
                gone.reset();
                Await.until("one client is left", () -> node.node().sessions() == 1);
                Gate.OPEN.countDown();
                assertTrue(slow.reply().startsWith("250 "));
                assertTrue(slow.say("RSET").startsWith("250 "));
                String reply = slow.send("<a@far.test>", List.of("<alice@local.test>"), "Subject: served\r\n\r\n");
                assertTrue(reply.startsWith("250 "), reply);
            }
            assertTrue(node.mailbox("alice", 1).get(0).contains("Subject: served"));
        } finally {
            Gate.OPEN.countDown();
        }
    }

    private void writeRoutes() throws IOException {
        Path own = Files.createDirectories(folder.resolve("routes"));
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.toList()) {
                Files.copy(file, own.resolve(file.getFileName()));
            }
        }
        Path policy = own.resolve("policy.camel.yaml");
        String step = "            message: \"${header.mailId} from <${header.sender}> is whole\"\n"
                + "            loggingLevel: DEBUG\n";
        Files.writeString(policy, Files.readString(policy).replace(step, step + GATE));
    }
}
