package dev.caravan.delivery;

import dev.caravan.mail.Domain;
import dev.caravan.smtp.Reply;

/** The beginning of a session, as a pure state machine: greeting, EHLO, and HELO if that is refused (RFC 5321 §3.2). */
final class ClientOpening {
    private enum State {
        GREETING,
        EHLO,
        HELO
    }

    private final Domain us;
    private State state = State.GREETING;

    ClientOpening(Domain us) {
        this.us = us;
    }

    /** What the client waits for, for people. */
    String awaited() {
        return state == State.GREETING ? "the greeting" : "the reply to " + state;
    }

    ClientStep heard(Reply reply) {
        boolean isYes = reply.code() < 300;
        if (!isYes && reply.isPositive()) {
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
                    yield new ClientStep.Open(PeerExtensions.of(reply));
                }
                state = State.HELO;
                yield reply.isPermanent()
                        ? new ClientStep.Send(ClientCommand.helo(us))
                        : new ClientStep.Refused(reply, "EHLO");
            }
            case HELO -> isYes ? new ClientStep.Open(PeerExtensions.NONE) : new ClientStep.Refused(reply, "HELO");
        };
    }
}
