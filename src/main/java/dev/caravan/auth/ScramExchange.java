package dev.caravan.auth;

import com.ongres.scram.common.ScramFunctions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * SCRAM (RFC 5802 §5, RFC 7677), with a binding to the TLS connection or without. For a user without keys it goes on to
 * the proof, which then is wrong, so that a client does not learn who exists.
 */
final class ScramExchange extends SaslExchange {
    private enum State {
        FIRST,
        KEYS,
        FINAL,
        PROOF,
        SERVER_FINAL
    }

    private final LoginClient client;
    private final ScramHash hash;
    private final Optional<ChannelBinding> binding;
    private final boolean isBindingOffered;
    private final String serverNonce;
    private State state = State.FIRST;
    private Optional<ScramMessages.ClientFirst> first = Optional.empty();
    private Optional<ScramKeys> keys = Optional.empty();
    private Optional<LoginAnswer.Accepted> accepted = Optional.empty();
    private String serverFirst = "";
    private byte[] serverFinal = {};

    /**
     * @param binding of the TLS connection; empty for the mechanisms without -PLUS.
     * @param isBindingOffered whether the server announces a mechanism with -PLUS: then a client that would bind and
     *     believes that the server cannot has been deceived (RFC 5802 §6).
     * @param serverNonce random, printable, without comma.
     */
    ScramExchange(
            LoginClient client,
            ScramHash hash,
            Optional<ChannelBinding> binding,
            boolean isBindingOffered,
            String serverNonce) {
        this.client = client;
        this.hash = hash;
        this.binding = binding;
        this.isBindingOffered = isBindingOffered;
        this.serverNonce = serverNonce;
    }

    @Override
    public SaslStep response(byte[] octets) {
        Optional<String> text = utf8(octets);
        return switch (state) {
            case FIRST ->
                text.flatMap(ScramMessages::first).map(this::firstCame).orElseGet(this::malformed);
            case FINAL -> text.flatMap(ScramMessages::last).map(this::finalCame).orElseGet(this::malformed);
            // The client agrees with the server's signature.
            case SERVER_FINAL ->
                octets.length == 0 && accepted.isPresent() ? new SaslStep.Done(accepted.get()) : malformed();
            default -> malformed();
        };
    }

    private SaslStep firstCame(ScramMessages.ClientFirst message) {
        first = Optional.of(message);
        boolean binds = message.binding().startsWith("p=");
        boolean isRight = binding.isPresent()
                ? message.binding().equals("p=" + binding.get().type())
                : !binds && !(isBindingOffered && message.binding().equals("y"));
        if (!isRight) {
            return malformed();
        }
        if (!message.authorization().isEmpty() && !message.authorization().equals(message.user())) {
            return new SaslStep.Failed(LoginFailure.AUTHORIZATION, message.user());
        }
        state = State.KEYS;
        return new SaslStep.Ask(new LoginQuestion.Keys(client, message.user(), hash));
    }

    private SaslStep finalCame(ScramMessages.ClientFinal message) {
        ScramMessages.ClientFirst begun = first.orElseThrow();
        byte[] expected =
                concat(octets(begun.header()), binding.map(ChannelBinding::data).orElse(new byte[0]));
        if (!MessageDigest.isEqual(expected, message.binding())
                || !message.nonce().equals(begun.nonce() + serverNonce)
                || message.proof().length != hash.octets()) {
            return malformed();
        }
        String all = begun.bare() + "," + serverFirst + "," + message.withoutProof();
        Optional<ScramKeys.Key> proven = Optional.empty();
        for (ScramKeys.Key key : keys.orElseThrow().keys()) {
            if (ScramFunctions.verifyClientProof(hash.functions(), message.proof(), key.storedKey(), all)) {
                proven = Optional.of(key);
            }
        }
        proven.ifPresent(key -> serverFinal = octets("v="
                + Base64.getEncoder()
                        .encodeToString(ScramFunctions.serverSignature(hash.functions(), key.serverKey(), all))));
        state = State.PROOF;
        return new SaslStep.Ask(new LoginQuestion.Proof(client, begun.user(), proven));
    }

    @Override
    public SaslStep answered(LoginAnswer answer) {
        if (state == State.KEYS && answer instanceof LoginAnswer.Keys found) {
            keys = Optional.of(found.keys());
            serverFirst = "r=" + first.orElseThrow().nonce() + serverNonce + ",s="
                    + Base64.getEncoder().encodeToString(found.keys().salt()) + ",i="
                    + found.keys().iterations();
            state = State.FINAL;
            return new SaslStep.Challenge(octets(serverFirst));
        }
        if (state == State.PROOF && answer instanceof LoginAnswer.Accepted login) {
            accepted = Optional.of(login);
            state = State.SERVER_FINAL;
            return new SaslStep.Challenge(serverFinal);
        }
        if (answer instanceof LoginAnswer.Refused) {
            return super.answered(answer);
        }
        return malformed();
    }

    private static byte[] concat(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }

    @Override
    protected String user() {
        return first.map(ScramMessages.ClientFirst::user).orElse("");
    }
}
