package dev.caravan.session;

import dev.caravan.mail.Domain;
import dev.caravan.smtp.CommandParser;

/** What all sessions of a host share: its limits, its words, its parser. Immutable. */
public final class SessionTerms {
    private final SessionLimits limits;
    private final Replies replies;
    private final CommandParser parser;

    /**
     * The terms of a host.
     *
     * @param host what we call ourselves.
     * @param limits of each session.
     * @param tolerance how far clients may depart from the RFC.
     */
    public SessionTerms(Domain host, SessionLimits limits, Tolerance tolerance) {
        this.limits = limits;
        this.replies = new Replies(host, limits.mail().octets());
        this.parser = new CommandParser(host, tolerance.isHeloStrict());
    }

    SessionLimits limits() {
        return limits;
    }

    Replies replies() {
        return replies;
    }

    CommandParser parser() {
        return parser;
    }
}
