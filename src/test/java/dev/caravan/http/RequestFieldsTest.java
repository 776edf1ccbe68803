package dev.caravan.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestFieldsTest {
    private final Exchange exchange = new DefaultExchange(new DefaultCamelContext());

    private boolean comesIn(RequestFields fields, String name) {
        return !fields.applyFilterToExternalHeaders(name, "x", exchange);
    }

    @Test
    void letsInOnlyWhatIsNamed() {
        RequestFields named = new RequestFields("page, X-Color");
        assertTrue(comesIn(named, "page"));
        assertTrue(comesIn(named, "x-color"));
        assertFalse(comesIn(named, "other"));
        assertFalse(comesIn(new RequestFields(), "page"));
    }

    @Test
    void letsOutWhatARouteSets() {
        RequestFields none = new RequestFields();
        assertFalse(none.applyFilterToCamelHeaders("Location", "/a", exchange));
        assertTrue(none.applyFilterToCamelHeaders("CamelHttpResponseCode", 200, exchange));
        assertTrue(none.applyFilterToCamelHeaders("Content-Length", "7", exchange));
        assertTrue(none.applyFilterToCamelHeaders("Transfer-Encoding", "chunked", exchange));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "CamelHttpUri", "jmsReplyTo", "JMSReplyTo", "a b:c", "a\r\nb:", "org.apache.camel.X"})
    void refusesNamesByWhichComponentsAreSteered(String names) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> new RequestFields(names));
        assertEquals("field ", refused.getMessage().substring(0, 6));
    }
}
