package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The thinnest way through all stages, with the real routes and broker. */
@RunningServer
class FirstMailTest {
    private static TestServer node;

    @Test
    void carriesOneMailFromSmtpToTheMaildir() throws Exception {
        String reply =
                node.trySend("<sender@far.test>", List.of("<alice@local.test>"), "Subject: one\r\n\r\nhello\r\n");
        assertTrue(reply.matches("250 2\\.0\\.0 ok queued as [0-9A-Z]{16}"), reply);

        List<String> mails = node.mailbox("alice", 1);
        assertTrue(mails.get(0).startsWith("Return-Path: <sender@far.test>\n"), mails.get(0));
        assertTrue(mails.get(0).endsWith("Subject: one\n\nhello\n"), mails.get(0));
    }
}
