package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.source.mailbox.MailboxSource;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.FakePop3;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.util.List;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a POP3 server does wrong neither loses a message, nor doubles it, nor holds up the others. */
@RunningServer(
        settings = {
            "mailbox.user=box",
            "mailbox.password-file=mailbox.password",
            "mailbox.to=alice@local.test",
            "mailbox.every=1ms",
            "content.max-size=300000",
            "content.max-json=1024"
        })
class Pop3SourceTest {
    private static FakePop3 pop3;
    private static TestServer node;
    private static int round;

    @BeforeStart
    static void prepare() throws Exception {
        pop3 = new FakePop3();
        node.write("mailbox.password", "secret\n").set("mailbox.server", pop3.address());
    }

    @AfterAll
    static void stop() throws Exception {
        pop3.close();
    }

    @BeforeEach
    void empty() {
        pop3.reset();
        round++;
    }

    private static String message(int number) {
        return "Return-Path: <s@far.example>\r\nFrom: s@far.example\r\nSubject: number " + number + "\r\nMessage-ID: <"
                + round + "." + number + "@far.example>\r\n\r\n.a line with a dot\r\nlast line\r\n";
    }

    private static void put(int number) {
        pop3.put(round + "-" + number, message(number));
    }

    private static void look() {
        MailboxSource source =
                node.node().camel().getRegistry().lookupByNameAndType("mailboxSource", MailboxSource.class);
        source.submitTo("direct:submit", new DefaultExchange(node.node().camel()));
    }

    private static List<Integer> arrived(int count) {
        return node.mailbox("alice", count).stream()
                .peek(mail -> assertTrue(mail.endsWith("\n\n.a line with a dot\nlast line\n"), mail))
                .map(mail -> Integer.parseInt(mail.replaceFirst("(?s).*Subject: number ([0-9]+)\n.*", "$1")))
                .sorted()
                .toList();
    }

    private static void assertStaysAndFollows(FakePop3.Script wrong) {
        for (int number = 1; number <= 3; number++) {
            put(number);
        }
        pop3.doing(wrong);
        look();
        look();
        assertEquals(List.of(1, 3), arrived(2));
        pop3.doing((talk, command) -> false);
        Await.until("the pause is over", () -> {
            look();
            return pop3.uids().isEmpty();
        });
        node.awaitQuiet();
        assertEquals(List.of(1, 2, 3), arrived(3));
    }

    @Test
    void leavesAMessageThatTheServerRefusesToSend() {
        assertStaysAndFollows((talk, command) -> {
            if (talk.isRetr(command, round + "-2")) {
                talk.say("-ERR cannot read it");
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageThatIsCutBeforeTheFinalDot() {
        assertStaysAndFollows((talk, command) -> {
            if (talk.isRetr(command, round + "-2")) {
                talk.say("+OK");
                talk.say("From: s@far.example\r\nSubject: number 2\r\n\r\nlast");
                talk.hangUp();
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageWithFewerOctetsThanAnnounced() {
        assertStaysAndFollows((talk, command) -> {
            if (talk.isRetr(command, round + "-2")) {
                talk.say("+OK 190 octets\r\nFrom: s@far.example\r\nSubject: number 2\r\n\r\nlast\r\n.");
                return true;
            }
            return false;
        });
    }

    @Test
    void leavesAMessageThatComesEmpty() {
        assertStaysAndFollows((talk, command) -> {
            if (talk.isRetr(command, round + "-2")) {
                talk.say("+OK\r\n.");
                return true;
            }
            return false;
        });
    }

    @Test
    void sendsNoSecondCopyWhenTheServerDoesNotCarryOutTheRemoval() {
        put(1);
        pop3.doing((talk, command) -> {
            if (command.equals("QUIT")) {
                talk.hangUp();
                return true;
            }
            return false;
        });
        look();
        look();
        assertEquals(List.of(1), arrived(1));
        pop3.doing((talk, command) -> false);
        Await.until("it is removed", () -> {
            look();
            return pop3.uids().isEmpty();
        });
        node.awaitQuiet();
        assertEquals(List.of(1), arrived(1));
    }

    @Test
    void takesMessagesFromAServerThatDoesNotList() {
        put(1);
        pop3.doing((talk, command) -> {
            if (command.startsWith("LIST")) {
                talk.say("-ERR unknown");
                return true;
            }
            return false;
        });
        look();
        assertEquals(List.of(1), arrived(1));
        assertEquals(List.of(), pop3.uids());
    }

    @Test
    void takesNothingFromAServerThatDoesNotNameMessages() {
        put(1);
        pop3.doing((talk, command) -> {
            if (command.startsWith("UIDL")) {
                talk.say("-ERR unknown");
                return true;
            }
            return false;
        });
        try (LoggedLines lines = new LoggedLines()) {
            look();
            assertTrue(
                    lines.all().stream().anyMatch(line -> line.contains("does not name messages (expected: UIDL)")),
                    lines.all().toString());
            assertEquals(List.of(), lines.ofFaults());
        }
        assertEquals(1, pop3.uids().size());
    }

    @Test
    void takesTheOthersWhenOneIsTooLarge() {
        pop3.put(round + "-1", message(1) + "line of text\r\n".repeat(30_000));
        put(2);
        look();
        look();
        assertEquals(List.of(2), arrived(1));
        assertEquals(List.of(round + "-1"), pop3.uids());
    }
}
