package dev.caravan.delivery;

import dev.caravan.smtp.EsmtpExtension;
import dev.caravan.smtp.Reply;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The extensions that a server offered in its reply to EHLO (RFC 5321 §4.1.1.1) and that Caravan implements.
 *
 * @param offered the extensions.
 * @param maxSize the largest message that it accepts, in octets; 0 if it named no size (RFC 1870 §3).
 * @param limits of the session.
 * @param isLoggedIn whether this client has authenticated.
 */
record PeerExtensions(Set<EsmtpExtension> offered, long maxSize, PeerLimits limits, boolean isLoggedIn) {
    /** The extensions of a server that knows only HELO: none. */
    static final PeerExtensions NONE = new PeerExtensions(Set.of(), 0);

    private static final int MAX_SIZE_DIGITS = 18;

    /** Without limits, for a client that has not authenticated. */
    PeerExtensions(Set<EsmtpExtension> offered, long maxSize) {
        this(offered, maxSize, PeerLimits.NONE, false);
    }

    PeerExtensions {
        offered = Set.copyOf(offered);
    }

    static PeerExtensions of(Reply reply) {
        Set<EsmtpExtension> offered = EnumSet.noneOf(EsmtpExtension.class);
        long maxSize = 0;
        PeerLimits limits = PeerLimits.NONE;
        List<String> lines = reply.lines();
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.trim().split("[ \\t]+", 3);
            // Extensions that Caravan does not implement are ignored.
            EsmtpExtension.of(words[0]).ifPresent(offered::add);
            if (words[0].equalsIgnoreCase(EsmtpExtension.SIZE.keyword())) {
                maxSize = words.length > 1 ? size(words[1]) : 0;
            }
            if (words[0].equalsIgnoreCase(EsmtpExtension.LIMITS.keyword())) {
                limits = limits.with(line.trim());
            }
            if (words[0].equalsIgnoreCase(EsmtpExtension.DELIVERBY.keyword()) && words.length > 1) {
                limits = limits.withLeastSeconds(words[1]);
            }
        }
        if (!offered.contains(EsmtpExtension.EIGHT_BIT_MIME)) {
            // A server that offers it must take octets above 127 (RFC 6531 §3.1); this one cannot be meant.
            offered.remove(EsmtpExtension.SMTPUTF8);
        }
        return new PeerExtensions(offered, maxSize, limits, false);
    }

    private static long size(String digits) {
        boolean isNumber = digits.length() <= MAX_SIZE_DIGITS && digits.matches("[0-9]+");
        return isNumber ? Long.parseLong(digits) : 0;
    }

    /** The same after a login. */
    PeerExtensions loggedIn() {
        return new PeerExtensions(offered, maxSize, limits, true);
    }

    /** The same after some transactions. */
    PeerExtensions after(int transactions) {
        return new PeerExtensions(offered, maxSize, limits.after(transactions), isLoggedIn);
    }

    boolean has(EsmtpExtension extension) {
        return offered.contains(extension);
    }
}
