package dev.caravan.delivery;

/**
 * What an attempt that has ended says about its destination.
 *
 * @param kind what it means for the number of deliveries at once.
 * @param reply the last reply of a host, or why there was none, in one line; empty if no host was asked.
 */
record AttemptNews(Kind kind, String reply) {
    /** What it means. */
    enum Kind {
        /** A host took the message. */
        DELIVERED,
        /** The hosts do not want as many connections: they refused or broke off one, did not answer, or said 421. */
        TROUBLE,
        /** Anything else, such as a recipient that does not exist. */
        OTHER
    }

    /** No host was asked. */
    static final AttemptNews NONE = new AttemptNews(Kind.OTHER, "");
}
