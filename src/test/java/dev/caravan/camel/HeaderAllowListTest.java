package dev.caravan.camel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.ItemExamples;
import dev.caravan.transport.MessageBody;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;

/** Which headers leave a delivery route, and which of a JMS message or record come in. */
class HeaderAllowListTest {
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    @Test
    void letsPassWhatWeSayOfAMessage() {
        HeaderAllowList filter = new HeaderAllowList();
        MessageBody.headers(ItemExamples.plain())
                .forEach((name, value) -> assertFalse(filter.applyFilterToCamelHeaders(name, value, exchange), name));
        assertFalse(filter.applyFilterToCamelHeaders("envId", "QQ314159", exchange));
    }

    @Test
    void letsNothingElsePass() {
        HeaderAllowList filter = new HeaderAllowList();
        assertTrue(filter.applyFilterToCamelHeaders("CamelHttpUri", "x", exchange));
        assertTrue(filter.applyFilterToCamelHeaders("Subject", "x", exchange));
        assertTrue(filter.applyFilterToExternalHeaders("mailId", "x", exchange));
    }

    @Test
    void letsPassWhatTheOperatorNames() {
        HeaderAllowList filter = new HeaderAllowList("tenant, orderId");
        assertFalse(filter.applyFilterToCamelHeaders("tenant", "x", exchange));
        assertFalse(filter.applyFilterToExternalHeaders("orderId", "x", exchange));
        assertTrue(filter.applyFilterToExternalHeaders("mailId", "x", exchange));
    }
}
