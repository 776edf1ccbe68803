package dev.caravan.delivery;

import dev.caravan.login.Login;
import dev.caravan.login.Mechanism;
import dev.caravan.login.SaslExchange;
import dev.caravan.login.SaslExchanges;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Printable;
import dev.caravan.net.TlsPolicy;
import dev.caravan.smtp.Reply;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The beginning of a session, as a pure state machine: greeting, EHLO, and HELO if that is refused (RFC 5321 §3.2),
 * STARTTLS and EHLO again (RFC 3207), AUTH (RFC 4954).
 */
final class ClientOpening {
    private enum State {
        GREETING,
        EHLO,
        HELO,
        STARTTLS,
        HANDSHAKE,
        AUTH
    }

    private static final int MAX_CHALLENGES = 10;
    /** RFC 5321 §4.5.3.1.4: an initial response that would make the command longer is sent after an empty challenge. */
    private static final int MAX_COMMAND = 512;

    private static final int CHALLENGE = 334;
    private static final int CLOSING = 421;
    private static final int UNKNOWN_MECHANISM = 504;
    private static final int MAX_WORDS = 300;

    private final Domain us;
    private final RemoteHost host;
    private final Optional<String> clearBecause;
    private final Supplier<String> nonces;
    private final Deque<Mechanism> untried = new ArrayDeque<>();
    private State state = State.GREETING;
    private boolean isSecured;
    private PeerExtensions extensions = PeerExtensions.NONE;
    private PeerSecurity security = PeerSecurity.NONE;
    private String note = "";
    private Optional<SaslExchange> exchange = Optional.empty();
    private Optional<byte[]> pendingInitial = Optional.empty();
    private int challenges;
    private final Unechoed unechoed = new Unechoed();

    /**
     * The opening of a session.
     *
     * @param clearBecause why TLS is not to be tried, although the policy allows it.
     * @param nonces for SCRAM; see {@link SaslExchanges}.
     */
    ClientOpening(Domain us, RemoteHost host, Optional<String> clearBecause, Supplier<String> nonces) {
        this.us = us;
        this.host = host;
        this.clearBecause = clearBecause;
        this.nonces = nonces;
    }

    /** What the client waits for, for people. */
    String awaited() {
        return switch (state) {
            case GREETING -> "the greeting";
            case HANDSHAKE -> "the TLS handshake";
            case EHLO, HELO, STARTTLS, AUTH -> "the reply to " + state;
        };
    }

    /** Why there is no TLS, although the policy allows it; empty if there is TLS, or the policy forbids it. */
    String note() {
        return note;
    }

    /** Whether the session is between the reply to STARTTLS and the first reply under TLS: a failure is one of TLS. */
    boolean isBeginningTls() {
        return state == State.HANDSHAKE
                || (state == State.EHLO && isSecured && !host.tls().isImplicit());
    }

    /** TLS has begun: what was said before counts no more (RFC 3207 §4.2). */
    ClientStep secured() {
        isSecured = true;
        extensions = PeerExtensions.NONE;
        security = PeerSecurity.NONE;
        if (host.tls().isImplicit()) {
            return new ClientStep.Wait();
        }
        state = State.EHLO;
        return new ClientStep.Send(ClientCommand.ehlo(us));
    }

    ClientStep heard(Reply reply) {
        boolean isYes = reply.code() < 300;
        boolean isChallenge = state == State.AUTH && reply.code() == CHALLENGE;
        if (!isYes && reply.isPositive() && !isChallenge) {
            return new ClientStep.Broken("reply " + reply.code() + " instead of " + awaited());
        }
        return switch (state) {
            case GREETING -> {
                state = State.EHLO;
                yield isYes
                        ? new ClientStep.Send(ClientCommand.ehlo(us))
                        : new ClientStep.Refused(reply, "the connection");
            }
            case EHLO -> {
                if (isYes) {
                    extensions = PeerExtensions.of(reply);
                    security = PeerSecurity.of(reply);
                    yield introduced();
                }
                state = State.HELO;
                yield reply.isPermanent()
                        ? new ClientStep.Send(ClientCommand.helo(us))
                        : new ClientStep.Refused(reply, "EHLO");
            }
            case HELO -> isYes ? introduced() : new ClientStep.Refused(reply, "HELO");
            case STARTTLS -> startTls(reply, isYes);
            case HANDSHAKE -> new ClientStep.Broken("a reply instead of " + awaited());
            case AUTH -> isChallenge ? challenged(reply) : loginAnswered(reply, isYes);
        };
    }

    private ClientStep introduced() {
        if (isSecured || host.tls().level() == TlsPolicy.Level.NONE) {
            return login();
        }
        if (clearBecause.isPresent()) {
            return inClear(clearBecause.get());
        }
        if (!security.offersStartTls()) {
            return host.tls().isRequired()
                    ? unmet(host.mta() + " does not offer STARTTLS, and TLS is required")
                    : inClear("STARTTLS not offered");
        }
        state = State.STARTTLS;
        return new ClientStep.Send(ClientCommand.STARTTLS);
    }

    private ClientStep unmet(String words) {
        return new ClientStep.Unmet(Diagnosis.ours("4.7.4", words));
    }

    private ClientStep inClear(String why) {
        note = why;
        return login();
    }

    private ClientStep startTls(Reply reply, boolean isYes) {
        if (isYes) {
            state = State.HANDSHAKE;
            return new ClientStep.StartTls();
        }
        if (reply.code() == CLOSING) {
            return new ClientStep.Refused(reply, "STARTTLS");
        }
        String refusal = "STARTTLS refused: " + said(reply);
        return host.tls().isRequired()
                ? unmet(host.mta() + ": " + refusal + ", and TLS is required")
                : inClear(refusal);
    }

    private static String said(Reply reply) {
        return reply.text().replace('\n', ' ');
    }

    private ClientStep login() {
        if (host.login().isEmpty()) {
            return new ClientStep.Open(extensions);
        }
        Login login = host.login().get();
        if (!isSecured && !login.mayBeInClear()) {
            return unmet("no TLS with " + host.mta() + ", and the login is not sent in clear");
        }
        login.mechanisms().stream()
                .filter(mechanism -> security.mechanisms().contains(mechanism.keyword()))
                .forEach(untried::add);
        if (untried.isEmpty()) {
            String offered = security.mechanisms().isEmpty()
                    ? "no AUTH"
                    : "AUTH only by "
                            + String.join(
                                    ", ",
                                    security.mechanisms().stream().sorted().toList());
            return refused(
                    host.mta() + " offers " + offered + " (wanted: " + Mechanism.names(login.mechanisms()) + ")",
                    Optional.empty());
        }
        return beginLogin();
    }

    private ClientStep beginLogin() {
        Mechanism mechanism = untried.remove();
        SaslExchange begun = SaslExchanges.begin(
                mechanism,
                host.login().orElseThrow(),
                host.mta(),
                host.address().getPort(),
                nonces);
        exchange = Optional.of(begun);
        state = State.AUTH;
        Optional<byte[]> initial = begun.initialResponse();
        Optional<String> encoded = initial.map(ClientOpening::encoded);
        // Google and Microsoft document the whole token in one line, and that is what all clients of theirs send.
        boolean isShort = encoded.isEmpty()
                || mechanism == Mechanism.XOAUTH2
                || ClientCommand.auth(mechanism.keyword(), encoded).length() <= MAX_COMMAND;
        pendingInitial = isShort ? Optional.empty() : initial;
        encoded.filter(text -> isShort).ifPresent(unechoed::sent);
        return new ClientStep.Send(ClientCommand.auth(mechanism.keyword(), isShort ? encoded : Optional.empty()));
    }

    private static String encoded(byte[] response) {
        return response.length == 0 ? "=" : Base64.getEncoder().encodeToString(response);
    }

    private ClientStep challenged(Reply reply) {
        challenges++;
        if (challenges > MAX_CHALLENGES) {
            return new ClientStep.Broken("more than " + MAX_CHALLENGES + " challenges of AUTH");
        }
        SaslExchange present = exchange.orElseThrow();
        if (pendingInitial.isPresent()) {
            byte[] initial = pendingInitial.get();
            pendingInitial = Optional.empty();
            return response(initial);
        }
        byte[] challenge;
        try {
            challenge = Base64.getDecoder().decode(reply.lines().get(0).strip());
        } catch (IllegalArgumentException e) {
            // LOGIN has words in the place of a challenge, and some servers write them as they are.
            challenge = new byte[0];
        }
        byte[] decoded = challenge;
        boolean isCostly =
                present.mechanism() == Mechanism.SCRAM_SHA_256 || present.mechanism() == Mechanism.SCRAM_SHA_1;
        return isCostly ? new ClientStep.Calculate(() -> respond(present, decoded)) : respond(present, decoded);
    }

    private ClientStep respond(SaslExchange present, byte[] challenge) {
        try {
            return response(present.respond(challenge));
        } catch (SaslExchange.FailedException e) {
            return refused(
                    host.mta() + ": " + present.mechanism().keyword() + " failed: " + e.getMessage(), Optional.empty());
        }
    }

    private ClientStep response(byte[] octets) {
        String encoded = Base64.getEncoder().encodeToString(octets);
        unechoed.sent(encoded);
        return new ClientStep.Send(encoded + "\r\n");
    }

    private ClientStep loginAnswered(Reply heard, boolean isYes) {
        Reply reply = unechoed.reply(heard, host.login().orElseThrow());
        SaslExchange present = exchange.orElseThrow();
        if (isYes) {
            return present.isComplete()
                    ? new ClientStep.Open(extensions.loggedIn())
                    : refused(
                            host.mta() + " took the login without the proof that "
                                    + present.mechanism().keyword() + " has",
                            Optional.empty());
        }
        if (!reply.isPermanent()) {
            return new ClientStep.Refused(reply, "AUTH");
        }
        if (reply.code() == UNKNOWN_MECHANISM && !untried.isEmpty()) {
            return beginLogin();
        }
        String within = present.refusal().map(text -> " " + text).orElse("");
        return refused(
                host.mta() + " refused the login by " + present.mechanism().keyword() + ": " + said(reply) + within,
                Optional.of(reply));
    }

    private static ClientStep refused(String words, Optional<Reply> reply) {
        return new ClientStep.LoginRefused(Printable.line(words, MAX_WORDS), reply);
    }
}
