package dev.caravan.camel;

import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.jspecify.annotations.Nullable;

/**
 * JMS properties and record headers of other programs never become Camel headers, and only Caravan's own headers become
 * JMS properties; except for names that the operator allows.
 */
public final class HeaderAllowList implements HeaderFilterStrategy {
    /** The name of a JMS property: a Java identifier. Headers of Camel are excluded, since they control it. */
    private static final Pattern NAME = Pattern.compile("(?!(?i)camel|jms)[A-Za-z_][A-Za-z0-9_]{0,63}");

    /** The headers of a delivery route, which describe the message; nothing else leaves by default. */
    static final Set<String> OURS =
            Set.of("mailId", "itemId", "envId", "attempt", "arrivedAt", "size", "sender", "recipientList");

    private final Set<String> passing;

    public HeaderAllowList() {
        this.passing = Set.of();
    }

    /**
     * Allows further names.
     *
     * @param names separated by commas.
     * @throws IllegalArgumentException if one of them may not be allowed.
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
