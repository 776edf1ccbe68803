package dev.caravan.session;

import dev.caravan.mail.Domain;
import dev.caravan.net.ListenerKind;
import dev.caravan.smtp.ClientAttributes;
import dev.caravan.smtp.CommandParser;
import dev.caravan.smtp.EsmtpExtension;
import dev.caravan.smtp.Extensions;
import dev.caravan.tls.TlsServer;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What all sessions of a kind of listener share: limits, replies and command parsers. Thread-safe. */
public final class SessionTerms {
    private final ListenerKind kind;
    private final SessionLimits limits;
    private final Replies replies;
    private final Map<Offer, Extensions> offers = new ConcurrentHashMap<>();
    private final CommandParser parser;
    private final CommandParser ownParser;
    private final Tolerance tolerance;
    private final AuthTerms auth;
    private final Admission admission;
    private final Optional<TlsServer> tls;

    /**
     * The terms of a host.
     *
     * @param kind of the listener.
     * @param host the name in greetings and replies.
     * @param limits of each session.
     * @param tolerance how far clients may depart from the RFC.
     * @param admission who may connect and send.
     * @param auth how clients authenticate.
     */
    public SessionTerms(
            ListenerKind kind,
            Domain host,
            SessionLimits limits,
            Tolerance tolerance,
            Admission admission,
            AuthTerms auth) {
        this.tls = Optional.empty();
        this.kind = kind;
        this.limits = limits;
        this.replies = new Replies(host, limits.mail().octets());
        this.tolerance = tolerance;
        this.auth = auth;
        this.admission = admission;
        this.parser = new CommandParser(host, tolerance.isHeloStrict());
        this.ownParser = tolerance.completion().map(parser::completing).orElse(parser);
    }

    Admission admission() {
        return admission;
    }

    SessionLimits limits() {
        return limits;
    }

    Replies replies() {
        return replies;
    }

    private SessionTerms(SessionTerms clear, TlsServer server) {
        this.kind = clear.kind;
        this.limits = clear.limits;
        this.replies = clear.replies;
        this.tolerance = clear.tolerance;
        this.admission = clear.admission;
        this.auth = clear.auth;
        this.parser = clear.parser;
        this.ownParser = clear.ownParser;
        this.tls = Optional.of(server);
    }

    /** The same for clients that may use TLS. */
    public SessionTerms securedBy(TlsServer server) {
        return new SessionTerms(this, server);
    }

    /** What speaks TLS with the clients; empty if they cannot use it. */
    Optional<TlsServer> tls() {
        return tls;
    }

    /** What decides which extensions a session is offered. */
    private record Offer(boolean isSecured, boolean isAuthenticated, boolean isXclient) {}

    AuthTerms auth() {
        return auth;
    }

    ListenerKind kind() {
        return kind;
    }

    /**
     * The extensions that a session is offered in its present state.
     *
     * @param isXclient whether the client may use XCLIENT.
     */
    Extensions extensions(SessionFacts facts, boolean isXclient) {
        return offers.computeIfAbsent(
                new Offer(facts.tls().isPresent(), facts.identity().isPresent(), isXclient), this::extensions);
    }

    private Extensions extensions(Offer offer) {
        List<EsmtpExtension> offered = new ArrayList<>(List.of(EsmtpExtension.values()));
        if (!kind.isForSubmission() || limits.mail().longestHold().isZero()) {
            offered.remove(EsmtpExtension.FUTURERELEASE);
        }
        boolean isAuthOffered = !auth.mechanisms().isEmpty() && (offer.isSecured() || !auth.isTlsRequired());
        if (!isAuthOffered && !offer.isAuthenticated()) {
            offered.remove(EsmtpExtension.AUTH);
        }
        if (tls.isEmpty() || offer.isSecured()) {
            offered.remove(EsmtpExtension.STARTTLS);
        }
        Extensions extensions = new Extensions(
                offered,
                new Extensions.Limits(
                        limits.mail().octets(),
                        limits.mail().recipients(),
                        limits.mail().longestHold()));
        return offer.isXclient() ? extensions.announcing(ClientAttributes.ANNOUNCEMENT) : extensions;
    }

    /** Whether the server believes what a client says of its messages: it has authenticated, or is one of ours. */
    boolean trusts(SessionFacts facts) {
        return facts.identity().isPresent()
                || kind == ListenerKind.DEVICES
                || tolerance.ownClients().test(facts.remote().getAddress());
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
