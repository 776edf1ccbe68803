package dev.caravan.steps;

import dev.caravan.policy.Verdict;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.session.Disposition;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import dev.caravan.submit.NextHopSplitter;
import org.apache.camel.Exchange;

/**
 * What rules in {@code routes/policy.camel.yaml} may answer: {@code bean: {ref: rule, method: "refuse(...)"}}. A rule
 * that answers nothing lets the mail pass. The exchange comes last, since Camel binds what a route writes from the left.
 */
public final class Rule {
    /** The exchange property with the reason for a disposition. */
    public static final String REASON = "dispositionReason";

    /** 550 and the end: the client gets the mail back. */
    public void refuse(
            @Argument(ArgumentForm.REFUSAL_STATUS) String status,
            @Argument(ArgumentForm.REPLY_TEXT) String text,
            Exchange exchange) {
        answer(exchange, Reply.of(550, status, text).because(Reason.POLICY));
    }

    /** 451 and the end for now: the client tries again later. */
    public void defer(
            @Argument(ArgumentForm.DEFERRAL_STATUS) String status,
            @Argument(ArgumentForm.REPLY_TEXT) String text,
            Exchange exchange) {
        answer(exchange, Reply.of(451, status, text).because(Reason.POLICY));
    }

    /** The client is told 250, and the mail is thrown away; the mail log says so. */
    public void discard(@Argument(ArgumentForm.REASON) String reason, Exchange exchange) {
        apply(new Verdict.Discard(reason), exchange);
    }

    /** The mail is taken and kept in {@code mail.hold} until somebody releases it; later rules still count. */
    public void hold(@Argument(ArgumentForm.REASON) String reason, Exchange exchange) {
        apply(new Verdict.Hold(reason), exchange);
    }

    /** What a rule found becomes its answer. */
    static void apply(Verdict verdict, Exchange exchange) {
        if (verdict instanceof Verdict.Answer answer) {
            answer(exchange, answer.reply());
        } else if (verdict instanceof Verdict.Discard discard) {
            dispose(exchange, Disposition.DISCARD, discard.reason());
            exchange.setRouteStop(true);
        } else if (verdict instanceof Verdict.Hold hold) {
            dispose(exchange, Disposition.HOLD, hold.reason());
        } else if (!(verdict instanceof Verdict.Pass)) {
            throw new AssertionError(verdict);
        }
    }

    public static void answer(Exchange exchange, Reply reply) {
        exchange.getMessage().setBody(reply);
        exchange.setRouteStop(true);
    }

    /** Whether a rule has said what becomes of the mail, so that no further step may have a say. */
    public static boolean isFinal(Exchange exchange) {
        return exchange.getMessage().getBody() instanceof Reply
                || exchange.getProperty(NextHopSplitter.DISPOSITION, Disposition.class) == Disposition.DISCARD;
    }

    private static void dispose(Exchange exchange, Disposition disposition, String reason) {
        Disposition before = exchange.getProperty(NextHopSplitter.DISPOSITION, Disposition.DELIVER, Disposition.class);
        exchange.setProperty(NextHopSplitter.DISPOSITION, before.or(disposition));
        exchange.setProperty(REASON, reason);
    }
}
