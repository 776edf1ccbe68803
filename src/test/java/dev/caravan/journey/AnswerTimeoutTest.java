package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeDns;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rule that takes too long costs its own client the session, and nobody else anything. */
@Tag("server")
class AnswerTimeoutTest {
    private static final String SLOW_RULE = """
                    - filter:
                        simple: "${header.recipient} == 'bob@local.test'"
                        steps:
                          - delay:
                              expression:
                                constant: 3000
            """;

    @TempDir
    Path folder;

    @Test
    void aRuleThatDoesNotAnswerEndsTheSessionOfItsClientOnly() throws Exception {
        String policy = Files.readString(Path.of("routes/policy.camel.yaml"));
        String step = "        - process:\n            ref: recipientCheck\n";
        assertTrue(policy.contains(step));
        copyRoutes();
        try (TestServer node = new TestServer(folder)
                .with(new FakeDns())
                .set("smtp.answer-timeout", "300ms")
                .set("smtp.policy-threads", "1")
                .write("routes/policy.camel.yaml", policy.replace(step, step + SLOW_RULE))
                .start()) {
            try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
                talk.say("EHLO client.test");
                talk.say("MAIL FROM:<a@far.test>");
                // The reply to the second must not be the late answer to the first.
                talk.raw("RCPT TO:<bob@local.test>\r\nRCPT TO:<nobody@local.test>\r\n");
                assertTrue(talk.reply().startsWith("451 4.3.0 "));
                assertTrue(talk.reply().startsWith("421 4.3.0 "));
                assertEquals("", talk.reply());
            }
            Await.until(
                    "others are served",
                    () -> served(node, "<a@far.test>", "<alice@local.test>").startsWith("250 "));
        }
    }

    private static String served(TestServer node, String from, String to) {
        try {
            return SmtpTestClient.sendOne(node.smtp(), from, to, "Subject: x\r\n\r\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void copyRoutes() throws IOException {
        Path own = Files.createDirectories(folder.resolve("routes"));
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.toList()) {
                Files.copy(file, own.resolve(file.getFileName()));
            }
        }
    }
}
