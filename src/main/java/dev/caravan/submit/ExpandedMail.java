package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Recipient;
import dev.caravan.policy.AliasExpansion;
import dev.caravan.policy.AliasExpansion.Reached;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;

/**
 * What alias expansion found about a message; kept with the exchange for the steps that follow. Immutable.
 */
final class ExpandedMail {
    private final MailObject submitted;
    private final AliasExpansion expansion;
    private final Map<ForwardPath, Reached> byPath = new HashMap<>();

    /**
     * @param submitted the message as it was submitted.
     * @param expansion its recipients.
     */
    ExpandedMail(MailObject submitted, AliasExpansion expansion) {
        this.submitted = submitted;
        this.expansion = expansion;
        expansion.recipients().forEach(reached -> byPath.put(reached.recipient().path(), reached));
    }

    MailObject submitted() {
        return submitted;
    }

    AliasExpansion expansion() {
        return expansion;
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

    /**
     * How each of some recipients was reached, if they are those that the expansion found, in the same order: that is, if
     * no rule has added or removed any since.
     */
    Optional<List<Reached>> unchanged(List<Recipient> present) {
        List<Reached> found = expansion.recipients();
        if (found.size() != present.size()) {
            return Optional.empty();
        }
        List<Reached> all = new ArrayList<>(found.size());
        for (int i = 0; i < found.size(); i++) {
            if (!found.get(i).recipient().path().equals(present.get(i).path())) {
                return Optional.empty();
            }
            all.add(found.get(i).as(present.get(i)));
        }
        return Optional.of(all);
    }
}
