package dev.caravan.auth;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.StringPreparation;
import java.util.List;
import java.util.Optional;

/**
 * What checks a SCRAM proof of one user (RFC 5802 §2.2). All credentials of a user share salt and iterations, because
 * the server sends both before it knows which one the client has. Immutable; no array may be changed.
 *
 * @param iterations at least 4096 (RFC 7677 §4).
 * @param salt random.
 * @param keys of each credential that is valid for the client; may be empty.
 */
public record ScramKeys(ScramHash hash, int iterations, byte[] salt, List<Key> keys) {
    /** The iterations of new keys. */
    static final int DEFAULT_ITERATIONS = 10_000;
    /** Clients must compute them, and some refuse more. */
    static final int MAX_ITERATIONS = 1_000_000;

    static final int MIN_ITERATIONS = 4096;

    /**
     * The key of one credential.
     *
     * @param credential the label of an application password; empty for the user's own.
     */
    public record Key(Optional<String> credential, byte[] storedKey, byte[] serverKey) {
        @Override
        public String toString() {
            return "Key" + credential;
        }
    }

    public ScramKeys {
        keys = List.copyOf(keys);
    }

    /**
     * The key of a password.
     *
     * @param password as SASLprep leaves it.
     */
    static Key key(ScramHash hash, Optional<String> credential, Secret password, byte[] salt, int iterations) {
        byte[] salted = ScramFunctions.saltedPassword(
                hash.functions(),
                StringPreparation.NO_PREPARATION,
                password.reveal().toCharArray(),
                salt,
                iterations);
        byte[] stored = ScramFunctions.storedKey(hash.functions(), ScramFunctions.clientKey(hash.functions(), salted));
        return new Key(credential, stored, ScramFunctions.serverKey(hash.functions(), salted));
    }

    @Override
    public String toString() {
        return "ScramKeys[" + hash + "]";
    }
}
