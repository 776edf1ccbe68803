package dev.caravan.steps;

import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.RelayControl;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;

/** The built-in rule for a recipient. No thread waits for the DNS: the route goes on when it has answered. */
public final class RecipientCheckStep extends AsyncProcessorSupport implements NonBlockingStep, Reconfigurable {
    private volatile RecipientCheck check;

    public RecipientCheckStep(RecipientCheck check) {
        this.check = check;
    }

    /** Takes over who may relay. */
    @Override
    public void reconfigure(Settings settings) {
        RecipientCheck before = check;
        check = new RecipientCheck(
                new RelayControl(before.relayControl().localDomains(), settings.get(MailSettings.RELAY_NETWORKS)),
                before.recipients(),
                before.domainCheck());
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        // Not the body: a step of the operator's that left another one there must not let everyone relay.
        if (!(MailExchange.of(exchange).request().orElse(null) instanceof RecipientQuestion question)) {
            callback.done(true);
            return true;
        }
        check.check(question.facts().remote().getAddress(), question.recipient().path())
                .whenComplete((verdict, failure) -> {
                    if (failure != null) {
                        exchange.setException(failure);
                    } else {
                        MailExchange.of(exchange).apply(verdict);
                    }
                    callback.done(false);
                });
        return false;
    }
}
