package dev.caravan.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The server's side of one SASL exchange (RFC 4422 §3), without input and output: equal inputs give equal steps. After
 * {@link SaslStep.Challenge} the next call is {@link #response}, after {@link SaslStep.Ask} it is {@link #answered};
 * after the two others there is none. For one thread.
 */
public abstract class SaslExchange {
    private static final byte[] NOTHING = {};

    /** A user's name; longer ones do not exist. */
    static final int MAX_NAME = 320;

    /**
     * Begins the exchange.
     *
     * @param initial the client's first response if AUTH had one, decoded (RFC 4954 §4).
     */
    public SaslStep begin(Optional<byte[]> initial) {
        return initial.isPresent() ? response(initial.get()) : new SaslStep.Challenge(NOTHING);
    }

    /** Continues with the client's response, decoded. */
    public abstract SaslStep response(byte[] octets);

    /** Continues with the answer to the question. */
    public SaslStep answered(LoginAnswer answer) {
        if (answer instanceof LoginAnswer.Accepted accepted) {
            return new SaslStep.Done(accepted);
        }
        if (answer instanceof LoginAnswer.Refused refused) {
            return new SaslStep.Failed(refused.why(), user());
        }
        if (answer instanceof LoginAnswer.Keys) {
            return malformed();
        }
        throw new AssertionError(answer);
    }

    /** The name that the client gave; empty if it gave none yet. */
    protected abstract String user();

    /** The client does not follow the mechanism. */
    final SaslStep malformed() {
        return new SaslStep.Failed(LoginFailure.EXCHANGE, user());
    }

    /** The text of octets; empty if they are not UTF-8. */
    static Optional<String> utf8(byte[] octets) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
