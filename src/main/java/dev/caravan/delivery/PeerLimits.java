package dev.caravan.delivery;

import java.util.Locale;

/**
 * The limits that a server announces for its session (RFC 9422), and the time that it needs to return a message; 0 for
 * none.
 *
 * @param mails how many more transactions it takes in the session (MAILMAX); -1 if no more.
 * @param recipients of a transaction (RCPTMAX).
 * @param domains of all recipients of the session (RCPTDOMAINMAX).
 * @param leastSeconds the least time for a message that it is to return if it is late (RFC 2852 §3).
 */
record PeerLimits(int mails, int recipients, int domains, long leastSeconds) {
    static final PeerLimits NONE = new PeerLimits(0, 0, 0, 0);

    private static final int MAX_DIGITS = 9;

    /** With the limits of a line {@code LIMITS RCPTMAX=10 MAILMAX=5}; malformed and unknown ones are ignored. */
    PeerLimits with(String limits) {
        PeerLimits known = this;
        for (String word : limits.split("[ \\t]+")) {
            String[] parts = word.split("=", 2);
            int number = parts.length == 2 ? number(parts[1]) : 0;
            known = switch (parts[0].toUpperCase(Locale.ROOT)) {
                case "MAILMAX" -> new PeerLimits(number, known.recipients, known.domains, leastSeconds);
                case "RCPTMAX" -> new PeerLimits(known.mails, number, known.domains, leastSeconds);
                case "RCPTDOMAINMAX" -> new PeerLimits(known.mails, known.recipients, number, leastSeconds);
                default -> known;
            };
        }
        return known;
    }

    PeerLimits withLeastSeconds(String digits) {
        return new PeerLimits(mails, recipients, domains, number(digits));
    }

    /** What is left after some transactions. */
    PeerLimits after(int transactions) {
        int left = mails <= transactions ? -1 : mails - transactions;
        return mails == 0 ? this : new PeerLimits(left, recipients, domains, leastSeconds);
    }

    /** Whether another message may be sent in the session. */
    boolean allowsAnother() {
        // The domains that were used are not counted from one message to the next.
        return mails >= 0 && domains == 0;
    }

    private static int number(String digits) {
        return digits.matches("[0-9]{1," + MAX_DIGITS + "}") ? Integer.parseInt(digits) : 0;
    }
}
