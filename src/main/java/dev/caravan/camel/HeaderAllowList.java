package dev.caravan.camel;

import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.jspecify.annotations.Nullable;

/**
 * What foreign programs wrote into JMS properties and headers of records never becomes a Camel header; what becomes a JMS
 * property is what we say of a mail. Both but for names that the operator lets pass.
 */
public final class HeaderAllowList implements HeaderFilterStrategy {
    /** Of a JMS property: a Java identifier. Camel takes orders by headers of its own. */
    private static final Pattern NAME = Pattern.compile("(?!(?i)camel|jms)[A-Za-z_][A-Za-z0-9_]{0,63}");

    /** What a delivery route says of a message; nothing else of it leaves by itself. */
    static final Set<String> OURS =
            Set.of("mailId", "itemId", "envId", "attempt", "arrivedAt", "size", "sender", "recipientList");

    private final Set<String> passing;

    public HeaderAllowList() {
        this.passing = Set.of();
    }

    /**
     * Lets some pass.
     *
     * @param names separated by commas.
     * @throws IllegalArgumentException if one of them is none that may.
     */
    public HeaderAllowList(String names) {
        this.passing = Set.of(names.strip().split("[,\\s]+"));
        for (String name : passing) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("passHeaders " + name
                        + " (expected: letters, digits and underscores, not beginning with Camel or JMS)");
            }
        }
    }

    @Override
    public boolean applyFilterToCamelHeaders(String name, @Nullable Object value, Exchange exchange) {
        return !OURS.contains(name) && !passing.contains(name);
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, @Nullable Object value, Exchange exchange) {
        return !passing.contains(name);
    }
}
