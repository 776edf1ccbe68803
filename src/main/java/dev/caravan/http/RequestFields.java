package dev.caravan.http;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.http.base.HttpHeaderFilterStrategy;

/**
 * Which header fields and query parameters of a request become headers of Camel: none but those that the author of a route
 * names, since Camel's components take orders by headers. Headers that a route sets become fields of the response, but for
 * those of Camel and those of the connection.
 */
public final class RequestFields extends HttpHeaderFilterStrategy {
    private static final Pattern NAME = Pattern.compile("(?!(?i)camel|jms)[A-Za-z_][A-Za-z0-9_-]{0,63}");

    private final Set<String> names;

    /** Lets nothing pass. */
    public RequestFields() {
        this.names = Set.of();
    }

    /**
     * Lets some pass.
     *
     * @param names of fields and parameters, separated by commas; letter case matters for neither.
     * @throws IllegalArgumentException if one of them is none that may.
     */
    public RequestFields(String names) {
        this.names = Set.of(names.strip().toLowerCase(Locale.ROOT).split("[,\\s]+"));
        for (String name : this.names) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("field " + name
                        + " (expected: letters, digits, hyphens and underscores, not beginning with Camel or JMS)");
            }
        }
    }

    @Override
    public boolean applyFilterToExternalHeaders(String name, Object value, Exchange exchange) {
        return !names.contains(name.toLowerCase(Locale.ROOT));
    }
}
