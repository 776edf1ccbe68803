package dev.caravan.mail;

import java.util.Optional;

/**
 * What was said about one recipient in one delivery attempt, carried unchanged from the reply line to the report.
 *
 * @param status the peer's own enhanced code, or ours if it gave none.
 * @param remoteMta the host that spoke, as a domain name or address literal; empty if nobody did;
 *     masked likewise, cut to 255 characters.
 * @param reply the peer's full reply, lines joined by {@code \n}, or our own words; printable ASCII (others masked by
 *     question marks), cut to 1 KiB.
 */
public record Diagnosis(EnhancedStatus status, Optional<String> remoteMta, String reply) {
    /** How much of a reply is kept. */
    public static final int MAX_REPLY = 1024;

    public Diagnosis {
        remoteMta = remoteMta.map(host -> Printable.line(host, Printable.MAX_HOST));
        reply = Printable.lines(reply, MAX_REPLY);
    }

    /** Trouble that no remote host reported. */
    public static Diagnosis ours(String status, String words) {
        return new Diagnosis(EnhancedStatus.of(status), Optional.empty(), words);
    }

    /** The reply on one line. */
    public String line() {
        return reply.replace('\n', ' ');
    }
}
