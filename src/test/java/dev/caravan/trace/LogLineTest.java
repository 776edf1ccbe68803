package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.net.ListenerKind;
import dev.caravan.session.RefusedCommand;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionId;
import dev.caravan.smtp.Reply;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LogLineTest {
    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 0);

    @Test
    void putsTheIdFirstAndThenPairs() {
        assertEquals(
                "Q7F3A deferred from=<a@x> attempt=2 reply=\"450 later\"",
                new LogLine("Q7F3A", "deferred")
                        .with("from", "<a@x>")
                        .with("attempt", 2)
                        .quoted("reply", "450 later")
                        .toString());
    }

    @Test
    void letsNoTextEndItsLineOrItsPair() {
        assertEquals(
                "- refused helo=\"x y\" to=\"<\\\"a b\\\"@x>\" reply=\"a\\r\\nQ1 delivered\\u001b\u00e4\\u202e\\\\\" empty=\"\"",
                new LogLine("-", "refused")
                        .with("helo", "x y")
                        .with("to", "<\"a b\"@x>")
                        .quoted("reply", "a\r\nQ1 delivered\u001b\u00e4\u202e\\")
                        .with("empty", "")
                        .toString());
    }

    @Test
    void leavesOutWhatIsNotKnown() {
        assertEquals(
                "- refused client=192.0.2.1 role=mx helo=\"a b\" command=unknown reply=\"500 no\" session=7QK3ZV8GABCD",
                MailLog.line(
                                new SessionFacts(new SessionId("7QK3ZV8GABCD"), ListenerKind.SMTP, CLIENT, CLIENT)
                                        .greeted("a b", true),
                                Reply.plain(500, "no"),
                                new RefusedCommand("unknown", "", ""))
                        .toString());
    }

    @Test
    void writesSecondsWithMilliseconds() {
        assertEquals("0.004s", LogLine.seconds(Duration.ofMillis(4)));
        assertEquals("432000.250s", LogLine.seconds(Duration.ofDays(5).plusMillis(250)));
        assertEquals("0.000s", LogLine.seconds(Duration.ofMillis(-1)));
    }

    @Test
    void writesDelaysInTheirLargestExactUnit() {
        assertEquals("15m", LogLine.shortest(Duration.ofMinutes(15)));
        assertEquals("30s", LogLine.shortest(Duration.ofSeconds(30)));
        assertEquals("2h", LogLine.shortest(Duration.ofHours(2)));
        assertEquals("1500ms", LogLine.shortest(Duration.ofMillis(1500)));
    }
}
