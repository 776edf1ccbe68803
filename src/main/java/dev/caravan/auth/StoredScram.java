package dev.caravan.auth;

import java.util.Base64;

/**
 * The SCRAM keys of a user as the file has them: {@code iterations,salt,StoredKey,ServerKey}, as in Dovecot's scheme
 * SCRAM-SHA-256; the parts are those of RFC 5803.
 *
 * @param salt must not be changed.
 */
record StoredScram(int iterations, byte[] salt, Keys keys) {
    /** The two keys: {@code StoredKey,ServerKey}. */
    record Keys(ScramHash hash, byte[] stored, byte[] server) {
        static Keys parse(ScramHash hash, String text) {
            String[] parts = text.split(",", -1);
            if (parts.length != 2) {
                throw malformed();
            }
            Keys keys = new Keys(hash, decode(parts[0]), decode(parts[1]));
            if (keys.stored.length != hash.octets() || keys.server.length != hash.octets()) {
                throw malformed();
            }
            return keys;
        }

        String text() {
            return encode(stored) + "," + encode(server);
        }

        @Override
        public String toString() {
            return "Keys";
        }
    }

    static StoredScram parse(ScramHash hash, String text) {
        String[] parts = text.split(",", 3);
        if (parts.length != 3 || !parts[0].matches("\\d{1,7}")) {
            throw malformed();
        }
        int iterations = Integer.parseInt(parts[0]);
        byte[] salt = decode(parts[1]);
        if (iterations < ScramKeys.MIN_ITERATIONS || iterations > ScramKeys.MAX_ITERATIONS || salt.length < 8) {
            throw new IllegalArgumentException("SCRAM with " + iterations + " iterations and " + salt.length
                    + " octets of salt (expected: " + ScramKeys.MIN_ITERATIONS + " to " + ScramKeys.MAX_ITERATIONS
                    + ", >= 8)");
        }
        return new StoredScram(iterations, salt, Keys.parse(hash, parts[2]));
    }

    String text() {
        return iterations + "," + encode(salt) + "," + keys.text();
    }

    private static byte[] decode(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static String encode(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("malformed SCRAM keys (expected: iterations,salt,StoredKey,ServerKey)");
    }

    @Override
    public String toString() {
        return "StoredScram";
    }
}
