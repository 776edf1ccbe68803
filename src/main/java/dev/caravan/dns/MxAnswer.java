package dev.caravan.dns;

import java.util.List;

/** What the DNS answered about the mail hosts of a domain. */
public sealed interface MxAnswer {
    /**
     * There are MX records.
     *
     * @param hosts at least one, by ascending preference.
     */
    record Hosts(List<MxHost> hosts) implements MxAnswer {
        /** @throws IllegalArgumentException if there is none. */
        public Hosts {
            hosts = List.copyOf(hosts);
            if (hosts.isEmpty()) {
                throw new IllegalArgumentException("no host (expected: >= 1)");
            }
        }
    }

    /** No MX record, but addresses: the domain is its own host (RFC 5321 §5.1). */
    record Implicit() implements MxAnswer {}

    /** The domain has a null MX record: it accepts no mail (RFC 7505 §3). */
    record NullMx() implements MxAnswer {}

    /** The domain does not exist. */
    record NoSuchDomain() implements MxAnswer {}

    /** The name exists, but has neither MX records nor addresses. */
    record NoMail() implements MxAnswer {}

    /**
     * Unknown: no answer, a refusal, or an invalid answer. Never a reason to refuse or return mail.
     *
     * @param reason for people; printable ASCII.
     */
    record TemporaryFailure(String reason) implements MxAnswer {}
}
