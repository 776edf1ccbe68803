package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports reach senders whose servers take little: of few octets, of seven bits, of short lines. */
@Tag("server")
class ReportDeliveryTest {
    private static final String GONE = "RCPT TO:<gone@far.test>";

    @TempDir
    Path folder;

    private FakeMailServer peer;
    private TestServer node;

    private void start(String... extensions) throws Exception {
        peer = new FakeMailServer(extensions).reply(GONE, "550 5.1.1 no such user");
        node = new TestServer(folder).with(peer).start();
    }

    @AfterEach
    void stop() {
        node.close();
        peer.close();
    }

    @Test
    void comesWithTheHeaderOnlyWhereTheWholeIsTooLarge() throws Exception {
        start("PIPELINING", "8BITMIME", "DSN", "SIZE 100000");
        String body = "0123456789012345678901234567890123456789012345678901234567890\r\n".repeat(1580);
        node.send("<s@far.test> RET=FULL", List.of("<gone@far.test>"), "Subject: large\r\n\r\n" + body);
        String report = report();
        assertTrue(report.contains("Content-Type: text/rfc822-headers"), report);
        assertTrue(report.contains("Subject: large\r\n"), report);
        assertTrue(report.contains("Final-Recipient: rfc822; gone@far.test"), report);
        node.awaitQuiet();
        assertEquals(List.of(), node.mailbox("postmaster"));
    }

    @Test
    void comesWithTheHeaderOnlyWhereTheContentIsRefused() throws Exception {
        start("PIPELINING", "8BITMIME");
        peer.reply(".", "554 5.6.1 no messages in messages here");
        node.send("<s@far.test>", List.of("<gone@far.test>"), "Subject: x\r\n\r\nhello\r\n");
        Await.until(
                "it was refused twice, and its postmaster told",
                () -> node.mailbox("postmaster").size() == 1);
        assertEquals(2, peer.heard("MAIL FROM:<>"));
        assertTrue(node.mailbox("postmaster").get(0).contains("text/rfc822-headers"));
    }

    @Test
    void comesInSevenBitsWhereEightAreNotOffered() throws Exception {
        start("PIPELINING");
        node.send(
                "<s@far.test> BODY=8BITMIME RET=FULL",
                List.of("<gone@far.test>"),
                "Subject: Gr\u00fc\u00dfe\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
                        + "Content-Transfer-Encoding: 8bit\r\n\r\nSch\u00f6ne Gr\u00fc\u00dfe aus K\u00f6ln am Rhein\r\n");
        String report = report();
        assertTrue(report.chars().allMatch(c -> c < 128), report);
        assertTrue(report.contains("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"), report);
        assertTrue(report.contains("Sch=F6ne Gr=FC=DFe aus K=F6ln am Rhein\r\n"), report);
    }

    @Test
    void comesWithoutLongLines() throws Exception {
        start("PIPELINING", "8BITMIME");
        node.send("<s@far.test>", List.of("<gone@far.test>"), "Subject: x\r\n\r\n" + "a".repeat(3000) + "\r\n");
        assertTrue(report().lines().allMatch(line -> line.length() <= 998));
    }

    @Test
    void messagesForOthersAreConvertedToo() throws Exception {
        start("PIPELINING");
        String reply = SmtpTestClient.sendOne(
                node.smtp(),
                "<s@far.test> BODY=8BITMIME",
                "<b@far.test>",
                "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ncaf\u00e9 ole\r\n");
        assertTrue(reply.startsWith("250"), reply);
        Await.until("it is delivered", () -> peer.taken().size() == 1);
        String taken = peer.taken().get(0).content();
        assertTrue(taken.endsWith("Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9 ole\r\n"), taken);
        assertFalse(peer.taken().get(0).mail().contains("BODY"));
    }

    @Test
    void largeMessagesAreConvertedFromTheirFile() throws Exception {
        peer = new FakeMailServer("PIPELINING", "SIZE 2000000");
        node = new TestServer(folder)
                .with(peer)
                .set("content.inline-limit", "1KiB")
                .start();
        String line = "Sch\u00f6ne Gr\u00fc\u00dfe aus K\u00f6ln am Rhein, wie es so ist\r\n";
        String reply = SmtpTestClient.sendOne(
                node.smtp(),
                "<s@far.test> BODY=8BITMIME",
                "<b@far.test>",
                "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n"
                        + line.repeat(10_000));
        assertTrue(reply.startsWith("250"), reply);
        Await.until("it is delivered", () -> peer.taken().size() == 1);
        String taken = peer.taken().get(0).content();
        long size = Long.parseLong(peer.taken().get(0).mail().replaceAll(".*SIZE=([0-9]+).*", "$1"));
        assertEquals(size, taken.length(), "as it was declared");
        MimeMessage message =
                new MimeMessage(null, new ByteArrayInputStream(taken.getBytes(StandardCharsets.ISO_8859_1)));
        assertEquals(line.repeat(10_000), message.getContent());
    }

    private String report() {
        Await.until("the report is delivered", () -> peer.takenFor("s@far.test").size() == 1);
        return peer.takenFor("s@far.test").get(0).content();
    }
}
