package dev.caravan.session;

import dev.caravan.mail.Domain;
import dev.caravan.smtp.CommandParser;
import dev.caravan.smtp.Extensions;
import java.net.InetAddress;

/** What all sessions of a host share: limits, replies and command parsers. Immutable. */
public final class SessionTerms {
    private final SessionLimits limits;
    private final Replies replies;
    private final Extensions extensions;
    private final CommandParser parser;
    private final CommandParser ownParser;
    private final Tolerance tolerance;

    /**
     * The terms of a host.
     *
     * @param host the name in greetings and replies.
     * @param limits of each session.
     * @param tolerance how far clients may depart from the RFC.
     */
    public SessionTerms(Domain host, SessionLimits limits, Tolerance tolerance) {
        this.limits = limits;
        this.replies = new Replies(host, limits.mail().octets());
        this.extensions = Extensions.all(limits.mail().octets());
        this.tolerance = tolerance;
        this.parser = new CommandParser(host, tolerance.isHeloStrict());
        this.ownParser = tolerance.completion().map(parser::completing).orElse(parser);
    }

    SessionLimits limits() {
        return limits;
    }

    Replies replies() {
        return replies;
    }

    /** The extensions that the server offers. */
    Extensions extensions() {
        return extensions;
    }

    /** The command parser for a client. */
    CommandParser parser(InetAddress client) {
        return tolerance.ownClients().test(client) ? ownParser : parser;
    }

    /** Whether an LF without CR ends the lines of a client. */
    boolean repairsLineEnds(InetAddress client) {
        return tolerance.repairsLineEnds() && tolerance.ownClients().test(client);
    }
}
