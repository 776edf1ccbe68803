package dev.caravan.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Sha2Crypt;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * A stored password in the form of Dovecot's files: <code>{SCHEME}hash</code>. Reads ARGON2ID, ARGON2I, BLF-CRYPT,
 * SHA512-CRYPT, SHA256-CRYPT, CRYPT of these, SSHA, SSHA256, SSHA512, SHA, SHA256, SHA512, SCRAM-SHA-256 and
 * SCRAM-SHA-1. Hashes without a scheme are known by their beginnings, as in {@code /etc/shadow}. Immutable.
 */
public final class PasswordHash {
    private static final Pattern WRITTEN =
            Pattern.compile("(?:\\{([A-Za-z0-9-]+)(?:\\.(b64|base64|hex))?\\})?([!-~]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern ARGON2 = Pattern.compile(
            "\\$argon2(id?)\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,3})\\$([A-Za-z0-9+/]{11,88})\\$([A-Za-z0-9+/]{22,176})");
    private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final Pattern SHA2_CRYPT =
            Pattern.compile("\\$([56])\\$(?:rounds=(\\d{1,9})\\$)?[./A-Za-z0-9]{1,16}\\$[./A-Za-z0-9]{43,86}");
    private static final Pattern SCRAM =
            Pattern.compile("(\\d{1,7}),([A-Za-z0-9+/=]+),([A-Za-z0-9+/=]+),([A-Za-z0-9+/=]+)");

    /** The costs of new hashes: 19 MiB, two passes (OWASP's first recommendation). */
    private static final int MEMORY = 19_456;

    private static final int PASSES = 2;
    private static final int SALT = 16;
    private static final int HASH = 32;
    // A file must not be able to stop the server: a hash that costs more is refused when it is read.
    private static final int MAX_MEMORY = 262_144;
    private static final int MAX_PASSES = 20;
    private static final int MAX_LANES = 16;
    private static final int MAX_BCRYPT = 15;
    private static final int MAX_ROUNDS = 2_000_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    private interface Check {
        boolean matches(byte[] password);
    }

    private final String text;
    private final Check check;

    private PasswordHash(String text, Check check) {
        this.text = text;
        this.check = check;
    }

    /** A new ARGON2ID hash of a prepared password. */
    public static PasswordHash of(Secret password) {
        byte[] salt = random(SALT);
        byte[] hash = argon2(Argon2Parameters.ARGON2_id, MEMORY, PASSES, 1, salt, HASH, octets(password));
        return parse("{ARGON2ID}$argon2id$v=19$m=" + MEMORY + ",t=" + PASSES + ",p=1$" + unpadded(salt) + "$"
                + unpadded(hash));
    }

    /** A new SSHA256 hash of a random password that needs no slow one, because nobody can guess it. */
    public static PasswordHash ofRandom(Secret password) {
        byte[] salt = random(SALT);
        byte[] hash = digest("SHA-256", octets(password), salt);
        byte[] both = Arrays.copyOf(hash, hash.length + salt.length);
        System.arraycopy(salt, 0, both, hash.length, salt.length);
        return parse("{SSHA256}" + Base64.getEncoder().encodeToString(both));
    }

    /**
     * Reads a stored password.
     *
     * @throws IllegalArgumentException if it is none that can be checked; the message has no part of it but the scheme.
     */
    public static PasswordHash parse(String written) {
        Matcher parts = WRITTEN.matcher(written);
        if (!parts.matches()) {
            throw new IllegalArgumentException("malformed password (expected: {SCHEME}hash)");
        }
        String hash = parts.group(3);
        String scheme = parts.group(1) == null ? "CRYPT" : parts.group(1).toUpperCase(Locale.ROOT);
        boolean isHex = "hex".equalsIgnoreCase(parts.group(2));
        return new PasswordHash(
                written,
                switch (scheme) {
                    case "ARGON2ID", "ARGON2I" -> argon2(hash);
                    case "BLF-CRYPT" -> bcrypt(hash);
                    case "SHA512-CRYPT", "SHA256-CRYPT" -> sha2Crypt(hash);
                    case "CRYPT" -> crypt(hash);
                    case "SHA", "SHA1", "SSHA" -> digest("SHA-1", 20, hash, isHex);
                    case "SHA256", "SSHA256" -> digest("SHA-256", 32, hash, isHex);
                    case "SHA512", "SSHA512" -> digest("SHA-512", 64, hash, isHex);
                    case "SCRAM-SHA-256" -> scram(ScramHash.SHA_256, hash);
                    case "SCRAM-SHA-1" -> scram(ScramHash.SHA_1, hash);
                    default ->
                        throw new IllegalArgumentException("password scheme {" + scheme
                                + "} (expected: such as {ARGON2ID}, {BLF-CRYPT}, {SHA512-CRYPT})");
                });
    }

    /** Whether this is the password; takes as long as the scheme wants. */
    public boolean matches(Secret password) {
        Optional<Secret> prepared = Passwords.prepared(password);
        if (prepared.isPresent() && check.matches(octets(prepared.get()))) {
            return true;
        }
        // Other programs store what was typed.
        String raw = password.reveal();
        return raw.length() <= Passwords.MAX
                && prepared.filter(same -> same.reveal().equals(raw)).isEmpty()
                && !raw.isEmpty()
                && check.matches(octets(password));
    }

    /** The form in files. */
    String text() {
        return text;
    }

    private static Check crypt(String hash) {
        if (hash.startsWith("$argon2")) {
            return argon2(hash);
        }
        return hash.startsWith("$2") ? bcrypt(hash) : sha2Crypt(hash);
    }

    private static Check argon2(String hash) {
        Matcher parts = ARGON2.matcher(hash);
        if (!parts.matches()) {
            throw malformed("argon2");
        }
        int type = parts.group(1).equals("id") ? Argon2Parameters.ARGON2_id : Argon2Parameters.ARGON2_i;
        int memory = Integer.parseInt(parts.group(2));
        int passes = Integer.parseInt(parts.group(3));
        int lanes = Integer.parseInt(parts.group(4));
        if (memory > MAX_MEMORY
                || passes > MAX_PASSES
                || lanes > MAX_LANES
                || passes < 1
                || lanes < 1
                || memory < 8 * lanes) {
            throw new IllegalArgumentException("argon2 with m=" + memory + ",t=" + passes + ",p=" + lanes
                    + " (expected: m <= " + MAX_MEMORY + ", t <= " + MAX_PASSES + ", p <= " + MAX_LANES + ")");
        }
        byte[] salt = base64(parts.group(5));
        byte[] expected = base64(parts.group(6));
        return password ->
                MessageDigest.isEqual(expected, argon2(type, memory, passes, lanes, salt, expected.length, password));
    }

    private static byte[] argon2(
            int type, int memory, int passes, int lanes, byte[] salt, int length, byte[] password) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(type)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(memory)
                .withIterations(passes)
                .withParallelism(lanes)
                .withSalt(salt)
                .build());
        byte[] hash = new byte[length];
        generator.generateBytes(password, hash);
        return hash;
    }

    private static Check bcrypt(String hash) {
        Matcher parts = BCRYPT.matcher(hash);
        if (!parts.matches() || Integer.parseInt(parts.group(1)) < 4) {
            throw malformed("bcrypt");
        }
        if (Integer.parseInt(parts.group(1)) > MAX_BCRYPT) {
            throw new IllegalArgumentException(
                    "bcrypt with cost " + parts.group(1) + " (expected: <= " + MAX_BCRYPT + ")");
        }
        // bcrypt knows 72 octets only.
        return password ->
                OpenBSDBCrypt.checkPassword(hash, password.length > 72 ? Arrays.copyOf(password, 72) : password);
    }

    private static Check sha2Crypt(String hash) {
        Matcher parts = SHA2_CRYPT.matcher(hash);
        if (!parts.matches()) {
            throw malformed("crypt");
        }
        if (parts.group(2) != null && Integer.parseInt(parts.group(2)) > MAX_ROUNDS) {
            throw new IllegalArgumentException(
                    "crypt with " + parts.group(2) + " rounds (expected: <= " + MAX_ROUNDS + ")");
        }
        boolean is512 = parts.group(1).equals("6");
        byte[] expected = hash.getBytes(StandardCharsets.US_ASCII);
        return password -> MessageDigest.isEqual(
                expected,
                // The arrays are cleared by what is called.
                (is512 ? Sha2Crypt.sha512Crypt(password.clone(), hash) : Sha2Crypt.sha256Crypt(password.clone(), hash))
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private static Check digest(String algorithm, int length, String hash, boolean isHex) {
        byte[] stored;
        try {
            stored = isHex ? HexFormat.of().parseHex(hash) : base64(hash);
        } catch (IllegalArgumentException e) {
            throw malformed(algorithm);
        }
        if (stored.length < length) {
            throw malformed(algorithm);
        }
        byte[] expected = Arrays.copyOf(stored, length);
        byte[] salt = Arrays.copyOfRange(stored, length, stored.length);
        return password -> MessageDigest.isEqual(expected, digest(algorithm, password, salt));
    }

    private static Check scram(ScramHash hash, String text) {
        Matcher parts = SCRAM.matcher(text);
        if (!parts.matches()) {
            throw malformed(hash.scheme());
        }
        int iterations = Integer.parseInt(parts.group(1));
        if (iterations < ScramKeys.MIN_ITERATIONS || iterations > ScramKeys.MAX_ITERATIONS) {
            throw new IllegalArgumentException(hash.scheme() + " with " + iterations + " iterations (expected: "
                    + ScramKeys.MIN_ITERATIONS + " to " + ScramKeys.MAX_ITERATIONS + ")");
        }
        byte[] salt = base64(parts.group(2));
        byte[] stored = base64(parts.group(3));
        return password -> MessageDigest.isEqual(
                stored,
                ScramKeys.key(
                                hash,
                                Optional.empty(),
                                new Secret(new String(password, StandardCharsets.UTF_8)),
                                salt,
                                iterations)
                        .storedKey());
    }

    private static byte[] digest(String algorithm, byte[] password, byte[] salt) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(password);
            return digest.digest(salt);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] random(int length) {
        byte[] octets = new byte[length];
        RANDOM.nextBytes(octets);
        return octets;
    }

    private static byte[] octets(Secret password) {
        return password.reveal().getBytes(StandardCharsets.UTF_8);
    }

    private static String unpadded(byte[] octets) {
        return Base64.getEncoder().withoutPadding().encodeToString(octets);
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("malformed base64 in a password (expected: {SCHEME}hash)", e);
        }
    }

    private static IllegalArgumentException malformed(String scheme) {
        return new IllegalArgumentException("malformed password of the scheme " + scheme + " (expected: {SCHEME}hash)");
    }

    @Override
    public String toString() {
        return "PasswordHash";
    }
}
