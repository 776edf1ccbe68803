package dev.caravan.mail;

import java.util.Optional;

/**
 * What was said about one recipient in one delivery attempt, carried unchanged from the reply line to the report.
 *
 * @param status the peer's own enhanced code, or ours if it gave none.
 * @param remoteMta the host that spoke, as a domain name or address literal; empty if nobody did.
 * @param reply the peer's full reply, lines joined by {@code \n}, or our own words; printable ASCII (others masked by
 *     question marks), cut to 1 KiB.
 */
public record Diagnosis(EnhancedStatus status, Optional<String> remoteMta, String reply) {
    /** How much of a reply is kept. */
    public static final int MAX_REPLY = 1024;

    public Diagnosis {
        reply = masked(reply.length() > MAX_REPLY ? reply.substring(0, MAX_REPLY) : reply);
    }

    /** Trouble that no remote host reported. */
    public static Diagnosis ours(String status, String words) {
        return new Diagnosis(EnhancedStatus.of(status), Optional.empty(), words);
    }

    private static String masked(String text) {
        StringBuilder masked = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            masked.append((c >= ' ' && c <= '~') || c == '\n' ? c : '?');
        }
        return masked.toString();
    }

    /** The reply on one line. */
    public String line() {
        return reply.replace('\n', ' ');
    }
}
