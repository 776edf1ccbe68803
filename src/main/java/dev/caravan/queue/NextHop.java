package dev.caravan.queue;

import dev.caravan.mail.Printable;
import java.util.regex.Pattern;

/**
 * The transport by which an item leaves, and its destination. Delivery reads both.
 *
 * @param transport the name after {@code mail.deliver.}: lower-case letters, digits, hyphens; 1 to 64.
 * @param destination what the transport delivers to: for {@code smtp} a domain, whose MX hosts are looked up, or
 *     {@code host:port} of relay hosts, separated by commas, or empty for the domain of each recipient; for other transports
 *     the recipients' domain. Masked to printable ASCII and cut to 512 characters.
 */
public record NextHop(String transport, String destination) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?");
    private static final int MAX_DESTINATION = 512;

    /** @throws IllegalArgumentException if the transport's name has another form. */
    public NextHop {
        if (!NAME.matcher(transport).matches()) {
            throw new IllegalArgumentException(
                    "not a transport's name (expected: 1 to 64 lower-case letters, digits, hyphens)");
        }
        destination = Printable.line(destination, MAX_DESTINATION);
    }
}
