package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.ForwardPath;
import dev.caravan.net.Networks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class RelayControlTest {
    private static final String STRANGER = "198.51.100.9";
    private static final LocalDomains LOCAL = LocalDomains.parse("local.example, b.example, [192.0.2.1]");
    private static final RelayControl CONTROL = new RelayControl(LOCAL, Networks.parse("127.0.0.0/8, ::1"));

    private enum Answer {
        LOCAL,
        RELAY,
        REFUSED
    }

    private record Case(String client, String recipient, Answer answer, String reason) {}

    @TestFactory
    Stream<DynamicTest> decidesByTheDomainBehindTheLastAtSign() {
        return Stream.of(
                        new Case(STRANGER, "alice@local.example", Answer.LOCAL, "anyone may write to us"),
                        new Case(STRANGER, "alice@LOCAL.EXAMPLE", Answer.LOCAL, "domains have no case"),
                        new Case(STRANGER, "nobody@local.example", Answer.LOCAL, "users are looked up later"),
                        new Case(STRANGER, "alice@[192.0.2.1]", Answer.LOCAL, "a literal of ours"),
                        new Case(STRANGER, "x@elsewhere.example", Answer.REFUSED, "a stranger, to elsewhere"),
                        new Case(STRANGER, "x@sub.local.example", Answer.REFUSED, "a subdomain is not ours"),
                        new Case(STRANGER, "x@[127.0.0.1]", Answer.REFUSED, "loopback is not ours unless listed"),
                        new Case("127.0.0.1", "x@elsewhere.example", Answer.RELAY, "a client of ours"),
                        new Case("::1", "x@elsewhere.example", Answer.RELAY, "a client of ours"),
                        new Case("127.0.0.1", "alice@local.example", Answer.LOCAL, "local before relay"),
                        new Case("10.0.0.1", "x@elsewhere.example", Answer.REFUSED, "private is not trusted"))
                .map(c -> DynamicTest.dynamicTest(
                        c.client() + " to " + c.recipient() + ": " + c.reason(),
                        () -> assertEquals(c.answer(), answer(c.client(), c.recipient()))));
    }

    /**
     * The classic tests for open relays, from outside. Where a source route was given, the path is what is left of it
     * after reading. None may leave this server: it is refused, or it is a local name, which no user has.
     */
    @TestFactory
    Stream<DynamicTest> relaysNothingForStrangersByAnyTrick(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("users"), List.of("alice", "victim@b.example", "remote.example"));
        UserFile users = UserFile.open(List.of(file), LOCAL, Clock.systemUTC());
        return Stream.of(
                        "victim@remote.example",
                        "\"victim@remote.example\"@other.example",
                        "victim%remote.example@local.example",
                        "\"victim%remote.example\"@local.example",
                        "victim%remote.example@[192.0.2.1]",
                        "\"victim@remote.example\"@local.example",
                        "\"victim@remote.example\"@[192.0.2.1]",
                        "remote.example!victim@local.example",
                        "remote.example!victim@[192.0.2.1]",
                        "\"remote.example!victim\"@local.example",
                        "local.example!remote.example!victim@local.example",
                        "victim%remote.example%b.example@local.example",
                        "\"@remote.example:victim\"@local.example",
                        "\"victim@remote.example,alice\"@local.example",
                        "\"victim\\@remote.example\"@local.example",
                        "\"victim@b.example\"@local.example",
                        "alice%local.example@remote.example",
                        "local.example!alice@remote.example",
                        "\"alice@local.example\"@remote.example",
                        "victim@[203.0.113.1]",
                        "\" alice\"@local.example",
                        "\"<victim@remote.example>\"@local.example")
                .map(recipient -> DynamicTest.dynamicTest(recipient, () -> {
                    Answer answer = answer(STRANGER, recipient);
                    assertTrue(answer != Answer.RELAY);
                    if (answer == Answer.LOCAL) {
                        assertEquals(Optional.empty(), users.userOf(ForwardPath.of(recipient)));
                    }
                }));
    }

    @Test
    void refusesWith571AndSaysWhatIsExpected() throws UnknownHostException {
        RelayDecision decision =
                CONTROL.decide(RelayClient.at(InetAddress.getByName(STRANGER)), ForwardPath.of("x@elsewhere.example"));
        String text = ((RelayDecision.Refused) decision).reply().text();
        assertEquals(
                "550 5.7.1 <x@elsewhere.example> is not local and 198.51.100.9 may not relay"
                        + " (expected: a local recipient, or a client in the relay networks)",
                text);
    }

    @Test
    void fitsTheLongestRecipientIntoOneReplyLine() throws UnknownHostException {
        String label = "d".repeat(61) + ".";
        String longest = "u".repeat(64) + "@" + label.repeat(4) + "example";
        RelayDecision decision = CONTROL.decide(
                RelayClient.at(InetAddress.getByName("2001:db8:1111:2222:3333:4444:5555:6666")),
                ForwardPath.of(longest));
        // 512 octets with CRLF (RFC 5321 §4.5.3.1.5).
        assertTrue(((RelayDecision.Refused) decision).reply().text().length() <= 510);
    }

    private static Answer answer(String client, String recipient) throws UnknownHostException {
        RelayDecision decision =
                CONTROL.decide(RelayClient.at(InetAddress.getByName(client)), ForwardPath.of(recipient));
        if (decision instanceof RelayDecision.Local) {
            return Answer.LOCAL;
        }
        return decision instanceof RelayDecision.Relay ? Answer.RELAY : Answer.REFUSED;
    }
}
