package dev.caravan.policy;

import dev.caravan.mail.AddressLiteral;
import dev.caravan.mail.Domain;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The domains whose mail is delivered here. Address literals may be among them; they match by address, however they are
 * written.
 *
 * @param domains in the order they were given; may be empty; then no domain is local.
 */
public record LocalDomains(Set<Domain> domains) {
    private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");

    public LocalDomains {
        Set<Domain> canonical = new LinkedHashSet<>();
        domains.forEach(domain -> canonical.add(canonical(domain)));
        domains = Collections.unmodifiableSet(canonical);
    }

    /**
     * Reads domains separated by commas or white space.
     *
     * @throws IllegalArgumentException if a part is not a domain; the message names it.
     */
    public static LocalDomains parse(String text) {
        Set<Domain> domains = new LinkedHashSet<>();
        for (String part : SEPARATOR.split(text.strip())) {
            if (!part.isEmpty()) {
                domains.add(domain(part));
            }
        }
        return new LocalDomains(domains);
    }

    private static Domain domain(String part) {
        try {
            return new Domain(part);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("local domain " + part + ": " + e.getMessage(), e);
        }
    }

    /**
     * Whether mail for the domain is delivered here; names are compared without regard to case, literals by their
     * address.
     */
    public boolean contains(Domain domain) {
        return domains.contains(domain.isLiteral() ? canonical(domain) : domain);
    }

    /** A name in lower case; a literal with its address in one spelling, since IPv6 has many. */
    private static Domain canonical(Domain domain) {
        return AddressLiteral.address(domain.text())
                .map(address -> address.getAddress().length == 4
                        ? "[" + address.getHostAddress() + "]"
                        : "[IPv6:" + address.getHostAddress() + "]")
                .map(Domain::new)
                .orElseGet(() -> new Domain(domain.key()));
    }
}
