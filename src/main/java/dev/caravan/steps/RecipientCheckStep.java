package dev.caravan.steps;

import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.ForwardPath;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.RelayClient;
import dev.caravan.policy.RelayControl;
import dev.caravan.policy.RelayDecision;
import dev.caravan.policy.Verdict;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.SessionFacts;
import dev.caravan.transport.DeliverySettings;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.support.AsyncProcessorSupport;

/** The built-in rule for a recipient. No thread waits for the DNS: the route goes on when it has answered. */
public final class RecipientCheckStep extends AsyncProcessorSupport implements NonBlockingStep, Reconfigurable {
    private final LocalDomains localDomains;
    private final RecipientDirectory recipients;
    private final RecipientDomainCheck dnsCheck;
    private final Decisions decisions;
    private volatile RecipientCheck check;

    /** @param dnsCheck checks the domains of recipients elsewhere, while there is no smart host. */
    public RecipientCheckStep(
            LocalDomains localDomains,
            RecipientDirectory recipients,
            RecipientDomainCheck dnsCheck,
            Settings settings,
            Decisions decisions) {
        this.localDomains = localDomains;
        this.recipients = recipients;
        this.dnsCheck = dnsCheck;
        this.decisions = decisions;
        this.check = check(settings);
    }

    private RecipientCheck check(Settings settings) {
        return new RecipientCheck(
                new RelayControl(localDomains, settings.get(MailSettings.RELAY_NETWORKS)),
                recipients,
                settings.get(DeliverySettings.SMARTHOST).isPresent() ? RecipientDomainCheck.none() : dnsCheck);
    }

    /** The check by the present settings. */
    RecipientCheck check() {
        return check;
    }

    /** Uses the relay networks and the smart host of other settings. */
    @Override
    public void reconfigure(Settings settings) {
        check = check(settings);
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        // Not the body: a step of the operator's that left another one there must not let everyone relay.
        if (!(MailExchange.of(exchange).request().orElse(null) instanceof RecipientQuestion question)) {
            callback.done(true);
            return true;
        }
        RecipientCheck rules = check;
        SessionFacts facts = question.facts();
        RelayClient client = new RelayClient(
                facts.remote().getAddress(), facts.kind(), facts.identity().isPresent());
        ForwardPath path = question.recipient().path();
        rules.check(client, path).whenComplete((verdict, failure) -> {
            if (failure != null) {
                exchange.setException(failure);
            } else {
                if (decisions.isWanted()) {
                    report(exchange, rules, client, path, verdict);
                }
                MailExchange.of(exchange).apply(verdict);
            }
            callback.done(false);
        });
        return false;
    }

    /** Names what was looked up: that depends on whether the domain is local, and who may relay. */
    private void report(
            Exchange exchange, RecipientCheck rules, RelayClient client, ForwardPath path, Verdict verdict) {
        RelayDecision relaying = rules.relayControl().decide(client, path);
        if (relaying instanceof RelayDecision.Local) {
            decisions.report(exchange, "recipient-table", verdict, () -> "local domain");
        } else if (relaying instanceof RelayDecision.Relay) {
            decisions.report(
                    exchange,
                    "recipient-domain",
                    verdict,
                    () -> rules.domainCheck().evidence(path) + "; the client may relay");
        } else if (relaying instanceof RelayDecision.Refused) {
            decisions.report(exchange, "relay-networks", verdict, () -> "the client may not relay");
        }
    }
}
