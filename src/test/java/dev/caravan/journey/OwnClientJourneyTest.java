package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A script on this machine, which is in mail.relay-networks or not. */
@Tag("server")
class OwnClientJourneyTest {
    @TempDir
    Path folder;

    @Test
    void helpsTheClientsOfItsOwnNetworks() throws Exception {
        try (TestServer node =
                        new TestServer(folder).set("smtp.bare-lf", "repair").start();
                SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.raw("HELO my pc\nMAIL FROM:scanner\nRCPT TO: alice@localhost\nRCPT TO:bob@local.test\nDATA\n");
            for (int i = 0; i < 4; i++) {
                assertTrue(talk.reply().startsWith("250"));
            }
            assertTrue(talk.reply().startsWith("354"));
            talk.raw("Subject: x\n\nhello\n.\nQUIT\n");
            assertTrue(talk.reply().startsWith("250"));
            String mail = node.mailbox("alice", 1).get(0);
            assertTrue(mail.startsWith("Return-Path: <scanner@mx.test>"), mail);
            assertTrue(mail.contains("Delivered-To: alice@mx.test"), mail);
            assertTrue(mail.contains("(HELO my?pc)"), mail);
            assertTrue(mail.endsWith("\n\nhello\n"), mail);
            assertEquals(1, node.mailbox("bob", 1).size());
        }
    }

    @Test
    void helpsNobodyElse() throws Exception {
        try (TestServer node = new TestServer(folder)
                        .set("smtp.bare-lf", "repair")
                        .set("mail.relay-networks", "192.0.2.0/24")
                        .start();
                SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            assertTrue(talk.say("EHLO client.test").startsWith("250"));
            for (String command : List.of("MAIL FROM:scanner", "MAIL FROM:<scanner>", "MAIL FROM:a@client.test")) {
                assertTrue(talk.say(command).startsWith("501 5.1.7"), command);
            }
            assertTrue(talk.say("NOOP\nNOOP").startsWith("500"));
            assertTrue(talk.say("MAIL FROM:<>").startsWith("250"));
            assertTrue(talk.say("RCPT TO:<alice@localhost>").startsWith("550 5.7.1"));
            assertTrue(talk.say("RCPT TO:<alice@local.test>").startsWith("250"));
            assertTrue(talk.say("DATA").startsWith("354"));
            talk.raw("Subject: x\r\n\r\nhello\n.\r\nMAIL FROM:<evil@far.test>\r\n.\n\r\n");
            assertTrue(talk.say(".").startsWith("554 5.6.0 content has an LF"));
        }
    }
}
