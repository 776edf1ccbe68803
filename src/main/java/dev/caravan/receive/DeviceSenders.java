package dev.caravan.receive;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The reverse-paths with which devices may send: addresses, and domains with all their addresses.
 *
 * @param mailboxes each in its {@link Mailbox#key}.
 * @param domains each in its {@link Domain#key}.
 * @param nullPath whether {@code <>} is among them.
 */
record DeviceSenders(Set<String> mailboxes, Set<String> domains, boolean nullPath) {
    private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");
    private static final String NULL_PATH = "<>";

    DeviceSenders {
        mailboxes = Set.copyOf(mailboxes);
        domains = Set.copyOf(domains);
    }

    /**
     * Reads {@code user@domain}, {@code @domain} and {@code <>}, separated by commas or white space.
     *
     * @param text without a part all senders are allowed.
     * @throws IllegalArgumentException if a part is none of these.
     */
    static DeviceSenders parse(String text) {
        Set<String> mailboxes = new HashSet<>();
        Set<String> domains = new HashSet<>();
        boolean nullPath = false;
        for (String part : SEPARATOR.split(text.strip())) {
            if (part.equals(NULL_PATH)) {
                nullPath = true;
            } else if (part.startsWith("@")) {
                domains.add(new Domain(part.substring(1)).key());
            } else if (!part.isEmpty()) {
                mailboxes.add(Mailbox.parse(part).key());
            }
        }
        return new DeviceSenders(mailboxes, domains, nullPath);
    }

    /** Whether devices may send with this reverse-path. */
    boolean contains(ReversePath path) {
        if (mailboxes.isEmpty() && domains.isEmpty() && !nullPath) {
            return true;
        }
        return path.mailbox()
                .map(mailbox -> mailboxes.contains(mailbox.key())
                        || domains.contains(mailbox.domain().key()))
                .orElse(nullPath);
    }
}
