package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The thinnest way through all stages, with the real routes and broker. */
@Tag("server")
class FirstMailTest {
    @TempDir
    Path folder;

    @Test
    void carriesOneMailFromSmtpToTheMaildir() throws Exception {
        try (TestServer node = new TestServer(folder).start()) {
            String reply = SmtpTestClient.sendOne(
                    node.smtp(), "<sender@far.test>", "<alice@local.test>", "Subject: one\r\n\r\nhello\r\n");
            assertTrue(reply.matches("250 2\\.0\\.0 ok queued as [0-9A-Z]{16}"), reply);

            Await.until(
                    "the mail is in alice's Maildir",
                    () -> node.mailbox("alice").size() == 1);
            List<String> mails = node.mailbox("alice");
            assertTrue(mails.get(0).startsWith("Return-Path: <sender@far.test>\n"), mails.get(0));
            assertTrue(mails.get(0).endsWith("Subject: one\n\nhello\n"), mails.get(0));
        }
    }
}
