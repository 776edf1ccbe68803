package dev.caravan.camel;

import org.apache.camel.Exchange;
import org.apache.camel.spi.HeaderFilterStrategy;

/**
 * What foreign programs wrote into JMS properties and headers of records never becomes a Camel header; what becomes a JMS
 * property is what we say of a mail.
 */
final class NoForeignHeaders implements HeaderFilterStrategy {
    @Override
    public boolean applyFilterToCamelHeaders(String name, Object value, Exchange exchange) {
        return !MailBody.HEADERS.contains(name);
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
        return true;
    }
}
