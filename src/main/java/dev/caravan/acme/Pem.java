package dev.caravan.acme;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys and certificates as PEM (RFC 7468). */
final class Pem {
    private static final int LINE = 64;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN (PRIVATE KEY|PUBLIC KEY)-----([A-Za-z0-9+/=\\s]{1,20000})-----END \\1-----");

    private Pem() {}

    /** A key as PKCS#8. */
    static String of(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded());
    }

    /** Both keys: PKCS#8 and SubjectPublicKeyInfo. */
    static String of(KeyPair keys) {
        return of(keys.getPrivate()) + block("PUBLIC KEY", keys.getPublic().getEncoded());
    }

    /** Certificates in this order. */
    static String of(List<X509Certificate> chain) throws CertificateEncodingException {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : chain) {
            text.append(block("CERTIFICATE", certificate.getEncoded()));
        }
        return text.toString();
    }

    private static String block(String label, byte[] octets) {
        String lines = Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(octets);
        return "-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n";
    }

    /** Reads what {@link #of(KeyPair)} wrote; empty if it is damaged. */
    static Optional<KeyPair> keyPair(String text) {
        Optional<byte[]> secret = Optional.empty();
        Optional<byte[]> open = Optional.empty();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            byte[] octets = Base64.getMimeDecoder().decode(block.group(2));
            if (block.group(1).equals("PRIVATE KEY")) {
                secret = Optional.of(octets);
            } else {
                open = Optional.of(octets);
            }
        }
        if (secret.isEmpty() || open.isEmpty()) {
            return Optional.empty();
        }
        for (String algorithm : List.of("EC", "RSA")) {
            try {
                KeyFactory factory = KeyFactory.getInstance(algorithm);
                return Optional.of(new KeyPair(
                        factory.generatePublic(new X509EncodedKeySpec(open.get())),
                        factory.generatePrivate(new PKCS8EncodedKeySpec(secret.get()))));
            } catch (GeneralSecurityException e) {
                // It is of the other algorithm, or of none.
                continue;
            }
        }
        return Optional.empty();
    }
}
