package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.ForwardPath;
import dev.caravan.trace.Decision.RouteStep;
import dev.caravan.trace.Decision.Stage;
import dev.caravan.trace.Decision.Subject;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecisionLineTest {
    private static final Instant NOW = Instant.parse("2026-11-23T14:08:29Z");

    @Test
    void namesSessionRecipientStepVerdictAndEvidence() {
        Decision decision = new Decision(
                NOW,
                Stage.RECIPIENT,
                new Subject("S7", "", Optional.of(ForwardPath.of("carol@far.example"))),
                Optional.of(new RouteStep("check-recipient", "routes/policy.camel.yaml", 23)),
                "throttle",
                "451 4.7.1 more than 100 within 1m",
                "192.0.2.1");

        assertEquals(
                "- recipient session=S7 to=<carol@far.example> by=throttle route=check-recipient"
                        + " at=routes/policy.camel.yaml:23 verdict=\"451 4.7.1 more than 100 within 1m\""
                        + " evidence=\"192.0.2.1\"",
                MailLog.line(decision).toString());
    }

    @Test
    void leavesOutWhatIsNotKnown() {
        Decision decision = new Decision(
                NOW,
                Stage.SUBMIT,
                Subject.ofMessage("1M84BS8QG07JRZA4"),
                Optional.of(new RouteStep("submit", "", 0)),
                "hopLimit",
                Decision.PASS,
                "");

        assertEquals(
                "1M84BS8QG07JRZA4 submit by=hopLimit route=submit verdict=\"pass\"",
                MailLog.line(decision).toString());
    }

    @Test
    void letsNoHostileTextEndItsLineOrItsPair() {
        Decision decision = new Decision(
                NOW,
                Stage.DELIVERY,
                Subject.ofMessage("1M84BS8QG07JRZA4.1"),
                Optional.of(new RouteStep("a b", "x\"y", 1)),
                "attempt",
                "550 no\r\n1M84BS8QG07JRZA5 accepted",
                "said=\"x\"\u001b[2J\u00e4\u0085");

        assertEquals(
                "1M84BS8QG07JRZA4.1 delivery by=attempt route=\"a b\" at=\"x\\\"y:1\""
                        + " verdict=\"550 no\\r\\n1M84BS8QG07JRZA5 accepted\""
                        + " evidence=\"said=\\\"x\\\"\\u001b[2J\u00e4\\u0085\"",
                MailLog.line(decision).toString());
    }
}
