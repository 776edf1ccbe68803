package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.policy.AliasExpansion;
import dev.caravan.policy.AliasExpansion.Reached;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;

/**
 * What alias expansion found about a message; kept with the exchange for the steps that follow.
 *
 * @param submitted the message as it was submitted.
 * @param expansion its recipients.
 * @param byPath the recipients by address.
 */
record ExpandedMail(MailObject submitted, AliasExpansion expansion, Map<ForwardPath, Reached> byPath) {
    ExpandedMail {
        byPath = Map.copyOf(byPath);
    }

    static ExpandedMail of(MailObject submitted, AliasExpansion expansion) {
        Map<ForwardPath, Reached> byPath = new HashMap<>();
        for (Reached reached : expansion.recipients()) {
            byPath.put(reached.recipient().path(), reached);
        }
        return new ExpandedMail(submitted, expansion, byPath);
    }

    /** What was found about the message of this exchange; empty if its aliases were not expanded. */
    static Optional<ExpandedMail> in(MailExchange exchange, MailId id) {
        return exchange.own(ExpandedMail.class)
                .filter(expanded -> expanded.submitted().id().equals(id));
    }

    /** Whether the aliases of the message of this exchange were expanded. */
    static boolean isIn(Exchange exchange) {
        return exchange.getMessage().getBody() instanceof MailObject mail
                && in(MailExchange.of(exchange), mail.id()).isPresent();
    }

    /** How a recipient was reached; empty if it was added after the expansion. */
    Optional<Reached> reached(ForwardPath path) {
        return Optional.ofNullable(byPath.get(path));
    }
}
