package dev.caravan.delivery;

import dev.caravan.smtp.Reply;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a server offered in its reply to EHLO (RFC 5321 §4.1.1.1), as far as we use it.
 *
 * @param offered the extensions.
 * @param maxSize the largest mail it takes, in octets; 0 if it named none (RFC 1870 §3).
 */
record PeerExtensions(Set<Extension> offered, long maxSize) {
    /** Extensions that change what we say. */
    enum Extension {
        /** RFC 2920. */
        PIPELINING,
        /** RFC 1870. */
        SIZE,
        /** RFC 6152. */
        EIGHT_BIT_MIME,
        /** RFC 3461. */
        DSN
    }

    /** What a server has that knows HELO only. */
    static final PeerExtensions NONE = new PeerExtensions(Set.of(), 0);

    private static final int MAX_SIZE_DIGITS = 18;

    PeerExtensions {
        offered = Set.copyOf(offered);
    }

    static PeerExtensions of(Reply reply) {
        Set<Extension> offered = EnumSet.noneOf(Extension.class);
        long maxSize = 0;
        List<String> lines = reply.lines();
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.trim().toUpperCase(Locale.ROOT).split("[ \\t]+", 3);
            switch (words[0]) {
                case "PIPELINING" -> offered.add(Extension.PIPELINING);
                case "8BITMIME" -> offered.add(Extension.EIGHT_BIT_MIME);
                case "DSN" -> offered.add(Extension.DSN);
                case "SIZE" -> {
                    offered.add(Extension.SIZE);
                    maxSize = words.length > 1 ? size(words[1]) : 0;
                }
                default -> {
                    // Others do not change what we say.
                }
            }
        }
        return new PeerExtensions(offered, maxSize);
    }

    private static long size(String digits) {
        boolean isNumber = digits.length() <= MAX_SIZE_DIGITS && digits.matches("[0-9]+");
        return isNumber ? Long.parseLong(digits) : 0;
    }

    boolean has(Extension extension) {
        return offered.contains(extension);
    }
}
