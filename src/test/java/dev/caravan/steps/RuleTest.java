package dev.caravan.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.session.Disposition;
import dev.caravan.smtp.Reply;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

/** What each answer of a rule leaves on the exchange. */
class RuleTest {
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());
    private final MailExchange view = MailExchange.of(exchange);
    private final Rule rule = new Rule(Decisions.NONE);

    @Test
    void refusesForGood() {
        rule.refuse("5.7.1", "not from here", exchange);
        Reply reply = view.reply().orElseThrow();
        assertEquals("550 5.7.1 not from here", reply.text());
        assertTrue(reply.isPermanent());
        assertTrue(exchange.isRouteStop());
    }

    @Test
    void defersForNow() {
        rule.defer("4.7.1", "come back later", exchange);
        Reply reply = view.reply().orElseThrow();
        assertEquals("451 4.7.1 come back later", reply.text());
        assertFalse(reply.isPermanent());
        assertTrue(exchange.isRouteStop());
    }

    @Test
    void discardsWithAReason() {
        rule.discard("spam", exchange);
        assertEquals(Disposition.DISCARD, view.disposition());
        assertEquals("spam", view.dispositionReason());
        assertEquals(Optional.empty(), view.reply());
        assertTrue(exchange.isRouteStop());
    }

    @Test
    void holdsAndLetsLaterRulesDecide() {
        rule.hold("large", exchange);
        assertEquals(Disposition.HOLD, view.disposition());
        assertFalse(exchange.isRouteStop());
        rule.refuse("5.7.1", "a virus", exchange);
        assertTrue(view.isFinal());
    }

    @Test
    void keepsHeldMailThatALaterRuleDiscards() {
        rule.hold("large", exchange);
        rule.discard("spam", exchange);
        assertEquals(Disposition.HOLD, view.disposition());
    }

    @Test
    void takesNoBlankReason() {
        assertThrows(IllegalArgumentException.class, () -> rule.discard(" ", exchange));
        assertThrows(IllegalArgumentException.class, () -> rule.hold("", exchange));
        assertEquals(Optional.empty(), view.reply());
        assertEquals(Disposition.DELIVER, view.disposition());
    }
}
