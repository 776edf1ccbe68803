package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SendmailMessageTest {
    private String content = "";

    private EnvelopeOverride read(String message, String... arguments) throws Exception {
        SendmailArguments parsed = SendmailArguments.parse("sendmail", List.of(arguments));
        SubmittedForm.Whole handed = new SendmailMessage(parsed, "root", "mx.test")
                .read(new ByteArrayInputStream(message.getBytes(StandardCharsets.UTF_8)));
        content = new String(handed.octets().readAllBytes(), StandardCharsets.UTF_8);
        return handed.envelope();
    }

    @Test
    void givesAddressesADomain() throws Exception {
        EnvelopeOverride envelope = read("Subject: s\n\nx\n", "bob", "carol@far.test", "\"d e\"", "f, g@far.test");
        assertEquals(Optional.of("root@mx.test"), envelope.from());
        assertEquals(
                List.of("bob@mx.test", "carol@far.test", "\"d e\"@mx.test", "f@mx.test", "g@far.test"), envelope.to());
        assertEquals("Subject: s\n\nx\n", content);
    }

    @Test
    void takesRecipientsFromTheHeaderAndTheArguments() throws Exception {
        String message = "From: root (Cron Daemon)\nTo: alice,\n Bob B <bob@far.test>\nCC: \"C, D\" <carol>\n"
                + "bcc: dan\nSubject: s\n\nTo: nobody\n";
        EnvelopeOverride envelope = read(message, "-t", "-i", "eve");
        assertEquals(
                List.of("eve@mx.test", "alice@mx.test", "bob@far.test", "carol@mx.test", "dan@mx.test"), envelope.to());
        assertEquals(message, content);
    }

    @Test
    void takesTheRecipientsOfAMessageThatIsSentAgain() throws Exception {
        EnvelopeOverride envelope = read("Resent-To: alice\nTo: bob\n\nx", "-t");
        assertEquals(List.of("alice@mx.test"), envelope.to());
    }

    @Test
    void takesTheMembersOfGroups() throws Exception {
        assertEquals(
                List.of("a@mx.test", "b@far.test"),
                read("To: team: a, b@far.test;, none:;\nCc: undisclosed-recipients:;\n\nx", "-t")
                        .to());
    }

    @Test
    void dropsTheFirstLineOfAMailboxFile() throws Exception {
        for (String line : List.of("From root Mon Nov 23 10:00:00 2026\n", ">From root Mon Nov 23\r\n")) {
            assertEquals(
                    List.of("bob@mx.test"),
                    read(line + "To: bob\nSubject: s\n\nx", "-t").to());
            assertEquals("To: bob\nSubject: s\n\nx", content);
        }
    }

    @Test
    void keepsSuchALineElsewhere() throws Exception {
        read("Subject: s\n\nFrom root Mon\n", "bob");
        assertEquals("Subject: s\n\nFrom root Mon\n", content);
    }

    @Test
    void namesTheAuthorWhereNobodyIsNamed() throws Exception {
        read("Subject: s\n\nx", "-F", "R\u00f6\u00f6t, \"x\"\r\nBcc: y", "bob");
        assertTrue(content.startsWith("From: =?UTF-8?"), content);
        assertTrue(content.contains("<root@mx.test>\r\nSubject: s"), content);
        assertFalse(content.contains("\nBcc"), content);
        read("From: me\n\nx", "-F", "Root", "bob");
        assertEquals("From: me\n\nx", content);
        read("x", "-f", "<>", "-F", "Root", "bob");
        assertEquals("From: Root <root@mx.test>\r\nx", content);
    }

    @Test
    void knowsTheNullSender() throws Exception {
        assertEquals(Optional.of("<>"), read("x", "-f", "<>", "bob").from());
        assertEquals(Optional.of("<>"), read("x", "-f", "", "bob").from());
        assertEquals(
                Optional.of("alice@mx.test"), read("x", "-f", "alice", "bob").from());
        assertEquals(
                Optional.of("a@far.test"),
                read("x", "-f", "<a@far.test>", "bob").from());
    }

    @Test
    void takesAnythingForAMessage() throws Exception {
        read("", "bob");
        assertEquals("", content);
        read("no header\n\nTo: x\n", "bob");
        assertEquals("no header\n\nTo: x\n", content);
        String large = "A: " + "x".repeat(3 * SendmailMessage.MAX_HEADER) + "\nTo: alice\n\nend";
        read(large, "bob");
        assertEquals(large, content);
    }

    @Test
    void wantsRecipients() {
        assertThrows(IllegalArgumentException.class, () -> read("Subject: s\n\nx"));
        assertThrows(IllegalArgumentException.class, () -> read("Subject: s\n\nTo: a", "-t"));
        assertThrows(IllegalArgumentException.class, () -> read("x", "a\r\nb"));
    }
}
