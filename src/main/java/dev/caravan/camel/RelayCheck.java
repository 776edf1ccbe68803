package dev.caravan.camel;

import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.RelayControl;
import dev.caravan.policy.RelayDecision;
import dev.caravan.policy.Verdict;
import dev.caravan.session.Question.RecipientQuestion;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Our first rule for a recipient: a local one must exist, and mail for others is taken from relay networks only. */
public final class RelayCheck implements Processor {
    private final RelayControl control;
    private final LocalRecipients localRecipients;

    public RelayCheck(RelayControl control, LocalRecipients localRecipients) {
        this.control = control;
        this.localRecipients = localRecipients;
    }

    @Override
    public void process(Exchange exchange) {
        if (exchange.getMessage().getBody() instanceof RecipientQuestion question) {
            RelayDecision decision = control.decide(
                    question.facts().remote().getAddress(), question.recipient().path());
            if (decision instanceof RelayDecision.Refused refused) {
                Rule.answer(exchange, refused.reply());
            } else if (decision instanceof RelayDecision.Local
                    && localRecipients.check(question.recipient().path()) instanceof Verdict.Answer answer) {
                Rule.answer(exchange, answer.reply());
            }
        }
    }
}
