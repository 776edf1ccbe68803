package dev.caravan.acme;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/** The kinds of keys that certificates are ordered for. */
public enum KeyType {
    P256("EC", "secp256r1", 0),
    P384("EC", "secp384r1", 0),
    RSA2048("RSA", "", 2048),
    RSA3072("RSA", "", 3072);

    private final String algorithm;
    private final String curve;
    private final int bits;

    KeyType(String algorithm, String curve, int bits) {
        this.algorithm = algorithm;
        this.curve = curve;
        this.bits = bits;
    }

    /** A new key. */
    KeyPair generate() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (curve.isEmpty()) {
            generator.initialize(bits);
        } else {
            generator.initialize(new ECGenParameterSpec(curve));
        }
        return generator.generateKeyPair();
    }
}
