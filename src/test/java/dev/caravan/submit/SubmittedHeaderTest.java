package dev.caravan.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.auth.Identity;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import dev.caravan.submit.SubmittedHeader.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6409 §6.1, §8; RFC 5322 §3.6. */
class SubmittedHeaderTest {
    private static final Domain HOST = new Domain("mx.example");
    private static final Identity ALICE = new Identity("alice@a.example", "PLAIN", Optional.empty());
    private static final String DATE = "Date: Wed, 1 May 2024 12:00:00 +0000\r\n";
    private static final String ID = "Message-ID: <1M8@mx.example>\r\n";
    private static final String WHOLE = DATE + ID;

    private static Result of(String header, FromCheck check, Optional<Identity> user, String sender)
            throws IOException {
        byte[] octets = (header + "\r\nbody\r\n").getBytes(StandardCharsets.ISO_8859_1);
        return SubmittedHeader.of(
                HeaderSection.of(new Content.InMemory(octets)),
                new SubmittedHeader.Submission(
                        sender.isEmpty() ? ReversePath.NULL : ReversePath.of(Mailbox.parse(sender)),
                        user,
                        (who, mailbox) -> mailbox.key().equals(who.user())
                                || mailbox.key().equals("info@a.example"),
                        check,
                        HOST,
                        "1M8",
                        Instant.parse("2024-05-01T12:00:00Z")));
    }

    private static Result device(String header) throws IOException {
        return of(header, FromCheck.REFUSE, Optional.empty(), "scanner@a.example");
    }

    private static Result user(String header, FromCheck check) throws IOException {
        return of(WHOLE + header, check, Optional.of(ALICE), "alice@a.example");
    }

    private static String text(Result result) {
        return new String(assertInstanceOf(Result.Changed.class, result).header(), StandardCharsets.ISO_8859_1);
    }

    private static void assertRefused(Result result) {
        String reply = assertInstanceOf(Result.Refused.class, result).reply().text();
        assertTrue(reply.startsWith("550 5.7.1 "), reply);
    }

    private static void assertUnchanged(Result result) {
        assertInstanceOf(Result.Unchanged.class, result);
    }

    @Test
    void addsWhatIsMissing() throws IOException {
        assertEquals(
                DATE + "From: scanner@a.example\r\n" + ID + "Subject: scan\r\n", text(device("Subject: scan\r\n")));
        assertEquals(ID + DATE + "From: x@b.example\r\n", text(device(DATE + "From: x@b.example\r\n")));
        assertUnchanged(device(WHOLE + "From: x@b.example\r\n"));
        assertUnchanged(device("DATE: x\r\nmessage-id : <x>\r\nFROM: x@b.example\r\n"));
    }

    @Test
    void addsNoAuthorThatIsNotKnown() throws IOException {
        assertEquals(WHOLE + "X: y\r\n", text(of("X: y\r\n", FromCheck.REFUSE, Optional.empty(), "")));
    }

    @Test
    void aTextWithoutHeaderIsABody() throws IOException {
        String given = "the printer: is on fire\r\nFrom: x@b.example\r\n";
        String expected = DATE + "From: scanner@a.example\r\n" + ID;
        assertEquals(expected + "\r\n" + given, text(device(given)));
        assertEquals(expected, text(device("")));
    }

    @Test
    void removesBlindRecipients() throws IOException {
        String rest = "From: x@b.example\r\nTo: y@b.example\r\n";
        assertEquals(
                WHOLE + rest,
                text(device(WHOLE + "Bcc: secret@b.example,\r\n other@b.example\r\n" + rest
                        + "resent-BCC : z@b.example\r\n")));
        String signed = "DKIM-Signature: v=1; h=from\r\n";
        assertEquals(WHOLE + signed + rest, text(device(WHOLE + signed + "Bcc: x\r\n" + rest)));
    }

    @Test
    void completesAddresses() throws IOException {
        assertEquals(
                WHOLE + "From: root@mx.example (Cron)\r\nTo: a@mx.example,\r\n b@b.example\r\nSubject: alice\r\n",
                text(device(WHOLE + "From: root (Cron)\r\nTo: a,\r\n b@b.example\r\nSubject: alice\r\n")));
        assertUnchanged(device(WHOLE + "DKIM-Signature: v=1\r\nFrom: root\r\nTo: a\r\n"));
    }

    @Test
    void keepsAllOtherOctets() throws IOException {
        String odd =
                "Auto-Submitted: auto-generated\r\nX-Odd \t: \u00fc\u0000\r\n\tfold\r\nnonsense\r\nFrom: x@b.example\r\n";
        assertEquals(WHOLE + odd, text(device(odd)).replace(ID + DATE, WHOLE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From: Alice <alice@a.example>\r\n",
                "From: ALICE@A.example\r\n",
                "From: alice@a.example, Info <info@a.example>\r\n",
                "From: boss@b.example\r\nSender: alice@a.example\r\n",
                "From: list@b.example\r\nResent-From: alice@a.example\r\nResent-From: x@c.example\r\n",
                "From: list@b.example\r\nResent-From: x@b.example\r\nResent-Sender: alice@a.example\r\n"
            })
    void theUserIsTheAuthorOrTheSender(String header) throws IOException {
        assertUnchanged(user(header, FromCheck.REFUSE));
        assertUnchanged(user(header, FromCheck.ADD_SENDER));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "From: boss@b.example\r\n",
                "From: alice@a.example, boss@b.example\r\n",
                "From: alice@a.example\r\nFrom: boss@b.example\r\n",
                "From: \"alice@a.example\" <boss@b.example>\r\n",
                "From: alice@a.example <boss@b.example>\r\n",
                "From: boss@b.example (alice@a.example)\r\n",
                "From: boss@b.example\r\nSender: other@b.example\r\n",
                "From: nobody:;\r\n",
                "From: Alice Smith\r\n",
                "From: (unclosed alice@a.example\r\n",
                "From:\r\n",
                "From: alice@a.example\r\nResent-From: x@b.example\r\n",
                "From: alice@a.example.evil.example\r\n",
                "From: alice@a.example@evil.example\r\n"
            })
    void refusesAnotherAuthor(String header) throws IOException {
        assertRefused(user(header, FromCheck.REFUSE));
        Result left = user(header, FromCheck.OFF);
        assertTrue(left instanceof Result.Unchanged, left.toString());
        String named = text(user(header, FromCheck.ADD_SENDER));
        String field = header.contains("Resent-From") ? "Resent-Sender" : "Sender";
        assertTrue(named.startsWith(field + ": alice@a.example\r\n"), named);
        assertEquals(named.indexOf("Sender:"), named.lastIndexOf("Sender:"), named);
    }

    @Test
    void theAddedSenderIsAnAddressOfTheUser() throws IOException {
        String from = WHOLE + "From: boss@b.example\r\n";
        Optional<Identity> alice = Optional.of(ALICE);
        assertTrue(
                text(of(from, FromCheck.ADD_SENDER, alice, "info@a.example")).startsWith("Sender: info@a.example\r\n"));
        assertTrue(text(of(from, FromCheck.ADD_SENDER, alice, "")).startsWith("Sender: alice@a.example\r\n"));
        Optional<Identity> nameless = Optional.of(new Identity("alice", "PLAIN", Optional.empty()));
        assertRefused(of(from, FromCheck.ADD_SENDER, nameless, "other@b.example"));
    }

    @Test
    void theAddedAuthorIsNotAsked() throws IOException {
        assertTrue(text(user("Subject: x\r\n", FromCheck.REFUSE)).startsWith("From: alice@a.example\r\n"));
    }
}
