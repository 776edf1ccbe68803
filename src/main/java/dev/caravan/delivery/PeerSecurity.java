package dev.caravan.delivery;

import dev.caravan.smtp.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a server offered in its reply to EHLO for the opening of a session.
 *
 * @param offersStartTls whether it offers STARTTLS (RFC 3207 §2).
 * @param mechanisms of AUTH (RFC 4954 §3), in upper case; also in the form {@code AUTH=} of servers before the RFC.
 */
record PeerSecurity(boolean offersStartTls, Set<String> mechanisms) {
    static final PeerSecurity NONE = new PeerSecurity(false, Set.of());

    PeerSecurity {
        mechanisms = Set.copyOf(mechanisms);
    }

    static PeerSecurity of(Reply reply) {
        boolean offersStartTls = false;
        Set<String> mechanisms = new TreeSet<>();
        List<String> lines = reply.lines();
        for (String line : lines.subList(1, lines.size())) {
            String text = line.trim().toUpperCase(Locale.ROOT);
            if (text.equals("STARTTLS") || text.startsWith("STARTTLS ")) {
                offersStartTls = true;
            } else if (text.startsWith("AUTH ") || text.startsWith("AUTH=")) {
                for (String word : text.substring("AUTH ".length()).split("[ \\t]+")) {
                    if (!word.isEmpty()) {
                        mechanisms.add(word);
                    }
                }
            }
        }
        return new PeerSecurity(offersStartTls, mechanisms);
    }
}
