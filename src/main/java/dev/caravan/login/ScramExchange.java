package dev.caravan.login;

import com.ongres.scram.common.ClientFinalMessage;
import com.ongres.scram.common.ClientFirstMessage;
import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.ServerFinalMessage;
import com.ongres.scram.common.ServerFirstMessage;
import com.ongres.scram.common.StringPreparation;
import com.ongres.scram.common.exception.ScramException;
import com.ongres.scram.common.exception.ScramRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SCRAM (RFC 5802, RFC 7677) without channel binding: the password is not sent, and the host proves that it knows it. */
final class ScramExchange implements SaslExchange {
    /** RFC 5802 §5.1: fewer would make a guess of the password from what was seen too cheap. */
    static final int LEAST_ITERATIONS = 4096;
    /** More would keep a thread of this server busy for seconds. */
    static final int MOST_ITERATIONS = 1_000_000;

    private enum State {
        FIRST,
        FINAL,
        DONE,
        FAILED
    }

    private final Mechanism mechanism;
    private final ScramMechanism functions;
    private final String password;
    private final ClientFirstMessage first;
    private State state = State.FIRST;
    private byte[] serverKey = {};
    private String authMessage = "";

    ScramExchange(Mechanism mechanism, String user, String password, String nonce) {
        this.mechanism = mechanism;
        this.functions = mechanism == Mechanism.SCRAM_SHA_1 ? ScramMechanism.SCRAM_SHA_1 : ScramMechanism.SCRAM_SHA_256;
        this.password = password;
        this.first = new ClientFirstMessage(user, nonce);
    }

    @Override
    public Mechanism mechanism() {
        return mechanism;
    }

    @Override
    public Optional<byte[]> initialResponse() {
        return Optional.of(first.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public byte[] respond(byte[] challenge) throws FailedException {
        String text = new String(challenge, StandardCharsets.UTF_8);
        State present = state;
        state = State.FAILED;
        try {
            if (present == State.FIRST) {
                return proof(text);
            } else if (present == State.FINAL) {
                verify(text);
                return new byte[0];
            }
        } catch (ScramException | ScramRuntimeException | IllegalArgumentException e) {
            throw new FailedException("not a message of SCRAM");
        }
        throw new FailedException("a challenge after the end of SCRAM");
    }

    private byte[] proof(String text) throws ScramException, FailedException {
        ServerFirstMessage server = ServerFirstMessage.parseFrom(text, first.getClientNonce());
        int iterations = server.getIterationCount();
        if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
            throw new FailedException("SCRAM with " + iterations + " iterations (expected: " + LEAST_ITERATIONS + " to "
                    + MOST_ITERATIONS + ")");
        }
        byte[] salted = ScramFunctions.saltedPassword(
                functions,
                StringPreparation.POSTGRESQL_PREPARATION,
                password.toCharArray(),
                Base64.getDecoder().decode(server.getSalt()),
                iterations);
        byte[] clientKey = ScramFunctions.clientKey(functions, salted);
        // The library wants none, not an empty one.
        byte @Nullable [] binding = null;
        authMessage = ScramFunctions.authMessage(first, server, binding);
        byte[] signature =
                ScramFunctions.clientSignature(functions, ScramFunctions.storedKey(functions, clientKey), authMessage);
        serverKey = ScramFunctions.serverKey(functions, salted);
        ClientFinalMessage reply = new ClientFinalMessage(
                first.getGs2Header(), binding, server.getNonce(), ScramFunctions.clientProof(clientKey, signature));
        state = State.FINAL;
        return reply.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void verify(String text) throws ScramException, FailedException {
        ServerFinalMessage last = ServerFinalMessage.parseFrom(text);
        if (last.isError()) {
            throw new FailedException("SCRAM refused by the host: " + last.getServerError());
        }
        if (!ScramFunctions.verifyServerSignature(functions, serverKey, authMessage, last.getVerifier())) {
            throw new FailedException("the host does not know the password");
        }
        state = State.DONE;
    }

    @Override
    public boolean isComplete() {
        return state == State.DONE;
    }
}
