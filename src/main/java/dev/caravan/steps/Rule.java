package dev.caravan.steps;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.policy.Verdict;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import org.apache.camel.Exchange;

/**
 * What rules in {@code routes/policy.camel.yaml} may answer: {@code bean: {ref: rule, method: "refuse(...)"}}. A rule
 * that answers nothing lets the mail pass. The exchange comes last, since Camel binds what a route writes from the left.
 */
public final class Rule implements NonBlockingStep {
    private static final String NAME = "rule";

    private final Decisions decisions;

    public Rule(Decisions decisions) {
        this.decisions = decisions;
    }

    /** 550 and the end: the client gets the mail back. */
    public void refuse(
            @Argument(ArgumentForm.REFUSAL_STATUS) String status,
            @Argument(ArgumentForm.REPLY_TEXT) String text,
            Exchange exchange) {
        decisions.reply(exchange, NAME, Reply.of(550, status, text).because(Reason.POLICY), () -> "");
    }

    /** 451 and the end for now: the client tries again later. */
    public void defer(
            @Argument(ArgumentForm.DEFERRAL_STATUS) String status,
            @Argument(ArgumentForm.REPLY_TEXT) String text,
            Exchange exchange) {
        decisions.reply(exchange, NAME, Reply.of(451, status, text).because(Reason.POLICY), () -> "");
    }

    /** The client is told 250, and the mail is thrown away; the mail log says so. */
    public void discard(@Argument(ArgumentForm.REASON) String reason, Exchange exchange) {
        decisions.apply(exchange, NAME, new Verdict.Discard(reason), () -> "");
    }

    /** The mail is taken and kept in {@code mail.hold} until somebody releases it; later rules still count. */
    public void hold(@Argument(ArgumentForm.REASON) String reason, Exchange exchange) {
        decisions.apply(exchange, NAME, new Verdict.Hold(reason), () -> "");
    }
}
