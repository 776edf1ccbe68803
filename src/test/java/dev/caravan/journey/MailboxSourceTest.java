package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.mailbox.MailboxSource;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakeImap;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an IMAP server does wrong neither loses a message, nor doubles it, nor holds up the others. */
@RunningServer
class MailboxSourceTest {
    private static final int MAX_SIZE = 300_000;
    private static final MovingClock CLOCK = MovingClock.now();

    private static FakeImap imap;
    private static TestServer node;
    private static int validity;

    @BeforeStart
    static void prepare() throws Exception {
        imap = new FakeImap();
        configure(node);
    }

    private static TestServer configure(TestServer server) throws IOException {
        return server.with(CLOCK)
                .write("mailbox.password", "secret\n")
                .set("mailbox.server", imap.address())
                .set("mailbox.user", "box")
                .set("mailbox.password-file", "mailbox.password")
                .set("mailbox.to", "alice@local.test")
                .set("mailbox.every", "1ms")
                .set("content.max-size", String.valueOf(MAX_SIZE))
                .set("content.max-json", "1024");
    }

    @AfterAll
    static void stop() throws Exception {
        imap.close();
    }

    @BeforeEach
    void empty() {
        imap.reset(++validity);
    }

    private static String message(int number, int lines) {
        return "Return-Path: <s@far.example>\r\nFrom: s@far.example\r\nSubject: number " + number
                + "\r\nMessage-ID: <" + number + "@far.example>\r\nDate: Mon, 23 Nov 2026 14:25:48 +0000\r\n\r\n"
                + "line of text\r\n".repeat(lines);
    }

    private static void look(TestServer asked) {
        MailboxSource source =
                asked.node().camel().getRegistry().lookupByNameAndType("mailboxSource", MailboxSource.class);
        source.submitTo("direct:submit", new DefaultExchange(asked.node().camel()));
    }

    private static void look() {
        look(node);
    }

    /** The numbers of the messages that alice has, when there are so many, each of them whole. */
    private static List<Integer> arrived(int count, int lines) {
        return node.mailbox("alice", count).stream()
                .peek(mail -> assertTrue(mail.endsWith("\n\n" + "line of text\n".repeat(lines)), mail))
                .map(mail -> Integer.parseInt(mail.replaceFirst("(?s).*Subject: number ([0-9]+)\n.*", "$1")))
                .sorted()
                .toList();
    }

    private static boolean isText(String command, int uid) {
        return command.startsWith("UID FETCH " + uid + " ") && command.contains("BODY");
    }

    /** Message 2 of three, read wrongly, stays; later, when the server does it right, it arrives. */
    private static void assertStaysAndFollows(int lines, FakeImap.Script wrong) {
        for (int uid = 1; uid <= 3; uid++) {
            imap.put(uid, message(uid, lines));
        }
        imap.doing(wrong);
        look();
        look();
        assertEquals(List.of(1, 3), arrived(2, lines));
        assertEquals(List.of(2), imap.uids());
        assertEquals(Set.of(), imap.flags(2));
        imap.doing((talk, tag, command) -> false);
        Await.until("the pause is over", () -> {
            look();
            return imap.uids().isEmpty();
        });
        assertEquals(List.of(1, 2, 3), arrived(3, lines));
    }

    @Test
    void leavesAMessageThatTheServerRefusesToSend() {
        assertStaysAndFollows(10, (talk, tag, command) -> {
            if (isText(command, 2)) {
                talk.say(tag + " NO [SERVERBUG] FETCH Server error - Please try again later");
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageWhoseSecondPartIsRefused() {
        assertStaysAndFollows(10_000, (talk, tag, command) -> {
            if (isText(command, 2) && !command.contains("<0.")) {
                talk.say(tag + " NO [SERVERBUG] FETCH Server error");
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageThatIsBusyOrThrottled() {
        assertStaysAndFollows(10, (talk, tag, command) -> {
            if (isText(command, 2)) {
                talk.say(tag + " BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds");
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageThatComesEmptyOrNotAtAll() throws Exception {
        for (String text : List.of(" BODY[]<0> NIL", " BODY[]<0> \"\"", " BODY[]<0> {0}\r\n", "")) {
            node.clear();
            empty();
            assertStaysAndFollows(10, (talk, tag, command) -> {
                if (isText(command, 2)) {
                    talk.say("* 2 FETCH (UID 2 RFC822.SIZE 5000" + text + ")");
                    talk.say(tag + " OK done");
                    return true;
                }
                return false;
            });
        }
    }

    @Test
    void leavesAMessageThatVanishes() {
        assertStaysAndFollows(10, (talk, tag, command) -> {
            if (isText(command, 2)) {
                talk.say(tag + " OK done");
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageWithFewerOctetsThanAnnounced() {
        for (int uid = 1; uid <= 3; uid++) {
            String text = message(uid, 10);
            imap.put(uid, text, uid == 2 ? text.length() + 1 : text.length());
        }
        look();
        look();
        assertEquals(List.of(1, 3), arrived(2, 10));
        assertEquals(List.of(2), imap.uids());
    }

    @Test
    void takesAMessageWithMoreOctetsThanAnnouncedAsAWhole() {
        imap.put(1, message(1, 10_000), 100);
        look();
        assertEquals(List.of(1), arrived(1, 10_000));
        assertEquals(List.of(), imap.uids());
    }

    @Test
    void takesMessagesWhoseLengthIsThatOfAPart() {
        for (int octets : new int[] {64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 128 * 1024}) {
            String text = message(octets, 0);
            imap.put(octets, text + "x".repeat(octets - text.length() - 2) + "\r\n");
        }
        look();
        assertEquals(List.of(), imap.uids());
        for (String mail : node.mailbox("alice", 4)) {
            int octets = Integer.parseInt(mail.replaceFirst("(?s).*Subject: number ([0-9]+)\n.*", "$1"));
            String filler = mail.substring(mail.indexOf("\n\n") + 2).strip();
            assertEquals(octets - message(octets, 0).length() - 2, filler.length());
        }
    }

    @Test
    void takesThoseBehindAMessageAtWhichTheServerEndsTheConnection() {
        for (String parting : List.of("", "\r\n* BYE internal error\r\n")) {
            imap.reset(++validity);
            assertTakesOthersWhen((talk, tag, command) -> {
                if (isText(command, 2)) {
                    talk.write(("* 2 FETCH (UID 2 RFC822.SIZE 500 BODY[]<0> {500}\r\nFrom: s@far" + parting)
                            .getBytes(StandardCharsets.US_ASCII));
                    talk.hangUp();
                    return true;
                }
                return false;
            });
        }
    }

    @Test
    void takesThoseBehindAMessageAtWhichTheServerSaysGoodBye() {
        assertTakesOthersWhen((talk, tag, command) -> {
            if (isText(command, 2)) {
                talk.say("* BYE Disconnected for inactivity.");
                talk.hangUp();
                return true;
            }
            return false;
        });
    }

    private static void assertTakesOthersWhen(FakeImap.Script wrong) {
        int before = node.mailbox("alice").size();
        for (int uid = 1; uid <= 3; uid++) {
            imap.put(uid, message(before + uid, 10));
        }
        imap.doing(wrong);
        look();
        look();
        node.mailbox("alice", before + 2);
        Await.until("what was taken is removed", () -> {
            look();
            return imap.uids().equals(List.of(2));
        });
        node.awaitQuiet();
        node.mailbox("alice", before + 2);
    }

    @Test
    void takesThoseBehindManyThatFail() {
        for (int uid = 1; uid <= 101; uid++) {
            imap.put(uid, message(uid, MAX_SIZE / 14 + 1));
        }
        imap.put(102, message(102, 1));
        try (LoggedLines lines = new LoggedLines()) {
            look();
            look();
            assertEquals(List.of(102), arrived(1, 1));
            assertEquals(List.of(), lines.ofFaults());
            assertEquals(
                    101,
                    lines.all().stream()
                            .filter(line -> line.contains("octets (expected: <= " + MAX_SIZE))
                            .count());
        }
        assertEquals(101, imap.uids().size());
    }

    @Test
    void takesManyWithBadOnesAmongThem() {
        IntStream.rangeClosed(1, 1000).forEach(uid -> imap.put(uid, message(uid, 1)));
        imap.doing((talk, tag, command) -> {
            if (command.matches("UID FETCH [0-9]*7 .*BODY.*")) {
                talk.say(tag + " NO cannot read it");
                return true;
            }
            if (command.matches("UID FETCH [0-9]*00 .*BODY.*")) {
                talk.hangUp();
                return true;
            }
            return false;
        });
        Await.until("the others are taken", () -> {
            look();
            return imap.uids().size() <= 110;
        });
        assertEquals(110, imap.uids().size());
        assertEquals(890, node.mailbox("alice", 890).size());
    }

    @Test
    void sendsNoSecondCopyWhenTheServerDoesNotRemove() {
        AtomicInteger refusals = new AtomicInteger();
        imap.put(1, message(1, 10));
        imap.doing((talk, tag, command) -> {
            if (command.startsWith("UID STORE")) {
                refusals.incrementAndGet();
                talk.say(tag + " NO read-only mailbox");
                return true;
            }
            return false;
        });
        look();
        arrived(1, 10);
        // Each time, the name of the message would be forgotten if it was not asked for again.
        for (int day = 0; day < 3; day++) {
            int before = refusals.get();
            Await.until("it is tried again", () -> {
                look();
                return refusals.get() > before;
            });
            CLOCK.advance(Duration.ofHours(20));
            node.node()
                    .camel()
                    .getRegistry()
                    .lookupByNameAndType("submissionMarks", IdempotencyStore.class)
                    .prune();
        }
        assertEquals(List.of(1), arrived(1, 10));
        imap.doing((talk, tag, command) -> false);
        Await.until("it is removed", () -> {
            look();
            return imap.uids().isEmpty();
        });
        node.awaitQuiet();
        assertEquals(List.of(1), arrived(1, 10));
    }

    @Test
    void sendsNoSecondCopyWhenTheServerDoesNotExpunge() {
        imap.put(1, message(1, 10));
        imap.doing((talk, tag, command) -> {
            if (command.contains("EXPUNGE")) {
                talk.hangUp();
                return true;
            }
            return false;
        });
        look();
        look();
        arrived(1, 10);
        assertEquals(Set.of("\\Deleted"), imap.flags(1));
        imap.doing((talk, tag, command) -> false);
        Await.until("it is removed", () -> {
            look();
            return imap.uids().isEmpty();
        });
        node.awaitQuiet();
        assertEquals(List.of(1), arrived(1, 10));
    }

    @Test
    void removesNothingThatAnotherClientHasMarked() {
        imap.put(1, message(1, 10));
        imap.put(2, message(2, 10));
        imap.doing((talk, tag, command) -> false);
        imap.mark(1, "\\Deleted");
        look();
        assertEquals(List.of(2), arrived(1, 10));
        assertEquals(List.of(1), imap.uids());
    }

    @Test
    void removesFromServersWithoutUidExpunge() {
        imap.withoutUidPlus();
        imap.put(1, message(1, 10));
        look();
        assertEquals(List.of(1), arrived(1, 10));
        assertEquals(List.of(), imap.uids());
        assertFalse(imap.commands().stream().anyMatch(command -> command.startsWith("UID EXPUNGE")));
    }

    @Test
    void takesTheSameUidsOfAnotherFolderWithThatName() {
        imap.put(1, message(1, 10));
        look();
        assertEquals(List.of(1), arrived(1, 10));
        imap.reset(++validity);
        imap.put(1, message(2, 10));
        look();
        assertEquals(List.of(1, 2), arrived(2, 10));
    }

    @Test
    void keepsMessagesThatAreMarkedAsSeen(@TempDir Path other) throws Exception {
        node.close();
        try (TestServer keeping =
                configure(new TestServer(other)).set("mailbox.keep", "true").start()) {
            imap.put(1, message(1, 10));
            imap.put(2, message(2, 10));
            imap.put(3, message(3, 10));
            imap.mark(1, "\\Seen");
            imap.doing((talk, tag, command) -> {
                if (isText(command, 2)) {
                    talk.say(tag + " NO not now");
                    return true;
                }
                return false;
            });
            look(keeping);
            assertEquals(1, keeping.mailbox("alice", 1).size());
            assertEquals(Set.of(), imap.flags(2));
            assertEquals(Set.of("\\Seen"), imap.flags(3));
            assertEquals(List.of(1, 2, 3), imap.uids());
        } finally {
            node.start();
        }
    }

    @Test
    void takesFewerOctetsIfTheOperatorSaysThatSizesAreEstimates(@TempDir Path other) throws Exception {
        node.close();
        try (TestServer lenient = configure(new TestServer(other))
                .set("mailbox.exact-size", "false")
                .start()) {
            imap.put(1, message(1, 10), 5000);
            look(lenient);
            assertEquals(1, lenient.mailbox("alice", 1).size());
            assertEquals(List.of(), imap.uids());
        } finally {
            node.start();
        }
    }
}
