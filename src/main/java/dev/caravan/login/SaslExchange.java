package dev.caravan.login;

import java.util.Optional;

/** The client's side of one SASL exchange (RFC 4422), as a state machine without input and output. For one thread. */
public interface SaslExchange {
    /** A challenge that the mechanism does not allow, or a proof that is wrong: the host does not know the secret. */
    final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message);
        }
    }

    Mechanism mechanism();

    /** The initial response; empty if the mechanism has none. */
    Optional<byte[]> initialResponse();

    /**
     * The response to a challenge. May calculate for a second.
     *
     * @throws FailedException if the exchange must be cancelled.
     */
    byte[] respond(byte[] challenge) throws FailedException;

    /** Whether a positive reply may be believed: the host has proved what the mechanism has it prove. */
    boolean isComplete();

    /** What the host said of the refusal within the exchange; empty if it said nothing. */
    default Optional<String> refusal() {
        return Optional.empty();
    }
}
