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
 * The answers of rules in {@code routes/policy.camel.yaml}: {@code bean: {ref: rule, method: "refuse(...)"}}. A rule
 * without an answer lets the message pass. The exchange is the last parameter, since Camel binds the arguments of a
 * route from the left.
 */
public final class Rule implements NonBlockingStep {
    private static final String NAME = "rule";

    private final Decisions decisions;

    public Rule(Decisions decisions) {
        this.decisions = decisions;
    }

    /** Replies 550 and ends the route: the client returns the message to its sender. */
    public void refuse(
            @Argument(ArgumentForm.REFUSAL_STATUS) String status,
            @Argument(ArgumentForm.REPLY_TEXT) String text,
            Exchange exchange) {
        decisions.reply(exchange, NAME, Reply.of(550, status, text).because(Reason.POLICY), () -> "");
    }

    /** Replies 451 and ends the route: the client tries again later. */
    public void defer(
            @Argument(ArgumentForm.DEFERRAL_STATUS) String status,
            @Argument(ArgumentForm.REPLY_TEXT) String text,
            Exchange exchange) {
        decisions.reply(exchange, NAME, Reply.of(451, status, text).because(Reason.POLICY), () -> "");
    }

    /** The client gets 250, and the message is discarded, with a line in the mail log. */
    public void discard(@Argument(ArgumentForm.REASON) String reason, Exchange exchange) {
        decisions.apply(exchange, NAME, new Verdict.Discard(reason), () -> "");
    }

    /** The message is stored in {@code mail.hold} until an operator releases it; later rules still apply. */
    public void hold(@Argument(ArgumentForm.REASON) String reason, Exchange exchange) {
        decisions.apply(exchange, NAME, new Verdict.Hold(reason), () -> "");
    }
}
