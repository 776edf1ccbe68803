package dev.caravan.queue;

import dev.caravan.mail.Printable;
import java.util.regex.Pattern;

/**
 * Which way an item leaves.
 *
 * @param transport the name behind {@code mail.deliver.}: lower-case letters, digits, hyphens; 1 to 64.
 * @param domain the recipients' domain, or the smart host, or empty; for people, not read back by delivery;
 *     masked to printable ASCII and cut to 512 characters.
 * @throws IllegalArgumentException if the transport's name has another form.
 */
public record NextHop(String transport, String domain) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?");
    private static final int MAX_DOMAIN = 512;

    public NextHop {
        if (!NAME.matcher(transport).matches()) {
            throw new IllegalArgumentException(
                    "not a transport's name (expected: 1 to 64 lower-case letters, digits, hyphens)");
        }
        domain = Printable.line(domain, MAX_DOMAIN);
    }
}
