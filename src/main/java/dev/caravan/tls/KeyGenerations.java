package dev.caravan.tls;

import java.util.Optional;

/**
 * The keys in use, and those before them: a handshake asks for the key, and then for its certificates, by an alias that
 * must not mean another key in between. Immutable.
 *
 * @param number of the current keys.
 */
record KeyGenerations(ServerKeys current, ServerKeys former, long number) {
    /** The first generation. */
    static KeyGenerations of(ServerKeys keys) {
        return new KeyGenerations(keys, keys, 1);
    }

    /** The next generation. */
    KeyGenerations next(ServerKeys keys) {
        return new KeyGenerations(keys, current, number + 1);
    }

    /** The name of a key of the current generation. */
    String alias(CertifiedKey key) {
        return number + "." + current.all().indexOf(key);
    }

    /** The key of an alias of this generation or the one before; empty if it is older. */
    Optional<CertifiedKey> find(String alias) {
        int dot = alias.indexOf('.');
        if (dot < 0) {
            return Optional.empty();
        }
        String generation = alias.substring(0, dot);
        int index = Integer.parseInt(alias.substring(dot + 1));
        if (generation.equals(Long.toString(number))) {
            return Optional.of(current.all().get(index));
        }
        return generation.equals(Long.toString(number - 1))
                ? Optional.of(former.all().get(index))
                : Optional.empty();
    }
}
