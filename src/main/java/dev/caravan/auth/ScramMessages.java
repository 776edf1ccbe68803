package dev.caravan.auth;

import java.util.Base64;
import java.util.Optional;

/** The messages of SCRAM (RFC 5802 §7), as far as a server reads them. */
final class ScramMessages {
    private static final int MAX_NONCE = 256;

    private ScramMessages() {}

    /**
     * The client's first message.
     *
     * @param header the gs2-header, with its last comma.
     * @param binding {@code n}, {@code y}, or {@code p=} and the type of the binding.
     * @param authorization the authorization identity; empty if there is none.
     * @param bare the message without the header.
     */
    record ClientFirst(String header, String binding, String authorization, String user, String nonce, String bare) {}

    /** The client's last message: the binding's octets, the nonce of both, the proof, and all before the proof. */
    record ClientFinal(byte[] binding, String nonce, byte[] proof, String withoutProof) {}

    static Optional<ClientFirst> first(String text) {
        String[] parts = text.split(",", 3);
        if (parts.length < 3 || !parts[0].matches("n|y|p=[A-Za-z0-9.-]+")) {
            return Optional.empty();
        }
        Optional<String> authorization = parts[1].isEmpty()
                ? Optional.of("")
                : parts[1].startsWith("a=") ? name(parts[1].substring(2)) : Optional.empty();
        String bare = parts[2];
        // An extension that begins with m= is mandatory, and we know none (RFC 5802 §5.1).
        String[] fields = bare.split(",", -1);
        if (authorization.isEmpty()
                || fields.length < 2
                || !fields[0].startsWith("n=")
                || !fields[1].startsWith("r=")) {
            return Optional.empty();
        }
        String nonce = fields[1].substring(2);
        return isNonce(nonce)
                ? name(fields[0].substring(2))
                        .map(user -> new ClientFirst(
                                parts[0] + "," + parts[1] + ",", parts[0], authorization.get(), user, nonce, bare))
                : Optional.empty();
    }

    static Optional<ClientFinal> last(String text) {
        int proof = text.lastIndexOf(",p=");
        if (proof < 0) {
            return Optional.empty();
        }
        String before = text.substring(0, proof);
        String[] fields = before.split(",", -1);
        if (fields.length < 2 || !fields[0].startsWith("c=") || !fields[1].startsWith("r=")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ClientFinal(
                    Base64.getDecoder().decode(fields[0].substring(2)),
                    fields[1].substring(2),
                    Base64.getDecoder().decode(text.substring(proof + 3)),
                    before));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A saslname without its escapes; empty if it is malformed, empty or too long. */
    static Optional<String> name(String saslName) {
        String plain = saslName.replace("=2C", "").replace("=3D", "");
        if (saslName.isEmpty() || plain.chars().anyMatch(c -> c == '=' || c == ',' || c == 0)) {
            return Optional.empty();
        }
        return Optional.of(saslName.replace("=2C", ",").replace("=3D", "="))
                .filter(name -> name.length() <= SaslExchange.MAX_NAME);
    }

    private static boolean isNonce(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_NONCE
                && text.chars().allMatch(c -> c >= '!' && c <= '~' && c != ',');
    }
}
