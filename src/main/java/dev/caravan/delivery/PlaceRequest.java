package dev.caravan.delivery;

/**
 * What an attempt asks a place for.
 *
 * @param domain the recipient domain in lower case, or the relay hosts.
 * @param group the hosts that the attempt goes to: domains with the same hosts are one destination.
 * @param isRelay whether these are relay hosts, which take mail for many domains and have a limit of their own.
 * @param sender a short key of the reverse path; empty for reports and confirmations, whose reverse path is null.
 * @param priority of the message, from -9 to 9 (RFC 6710).
 * @param rule what the operator's table says about the destination.
 * @param otherwise what happens if there is no place for now, and too many wait already.
 */
record PlaceRequest(
        String domain,
        String group,
        boolean isRelay,
        String sender,
        int priority,
        DestinationRule rule,
        Otherwise otherwise) {
    /** For a message of the usual priority. */
    PlaceRequest(
            String domain, String group, boolean isRelay, String sender, DestinationRule rule, Otherwise otherwise) {
        this(domain, group, isRelay, sender, 0, rule, otherwise);
    }

    /** What happens to an attempt that has no place. */
    enum Otherwise {
        /** Its item is parked in a lane. */
        PARK,
        /** It waits, since its item comes from the lane of its destination, which gives only as many as may wait. */
        WAIT,
        /** It is refused: its item cannot be parked. */
        REFUSE
    }

    /** The same, refused where it would be parked. */
    PlaceRequest withoutParking() {
        return new PlaceRequest(domain, group, isRelay, sender, priority, rule, Otherwise.REFUSE);
    }

    boolean isReport() {
        return sender.isEmpty();
    }
}
