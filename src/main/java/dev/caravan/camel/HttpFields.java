package dev.caravan.camel;

import java.util.Locale;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpHeaderFilterStrategy;

/**
 * Decides which headers become fields of an HTTP request: none that a broker has set on a message, and none of Camel's
 * own.
 */
final class HttpFields extends HttpHeaderFilterStrategy {
    @Override
    public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
        String folded = name.toLowerCase(Locale.ROOT);
        return folded.startsWith("jms")
                || folded.startsWith("kafka.")
                || super.applyFilterToCamelHeaders(name, value, exchange);
    }
}
