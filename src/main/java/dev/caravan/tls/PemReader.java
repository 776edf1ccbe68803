package dev.caravan.tls;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/**
 * Reads keys and certificates from PEM files (RFC 7468): PKCS#8, PKCS#1 and SEC1 keys, with or without a password, and
 * certificates in any order. Blocks on the disk. Thread-safe. No message of an exception has a part of a key or password.
 */
public final class PemReader {
    /** Larger files are refused. */
    static final int MAX_OCTETS = 1 << 20;

    private static final int MAX_CERTIFICATES = 20;
    /** Made when the first key with a password is read, because it is expensive; not installed in the JVM. */
    private static final class BouncyCastle {
        static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
    }

    private static final byte[] PROOF = "caravan".getBytes(StandardCharsets.US_ASCII);

    private PemReader() {}

    /**
     * Reads a key and its certificates.
     *
     * @param certificates the file of the certificates.
     * @param key the file of the key; may be the same.
     * @param password of the key.
     * @throws IOException if a file cannot be read.
     * @throws IllegalArgumentException if a file is malformed, the password is wrong or missing, or no certificate is that
     *     of the key.
     */
    public static CertifiedKey read(Path certificates, Path key, Optional<String> password) throws IOException {
        PrivateKey secret = key(key, password);
        List<X509Certificate> all = certificates(certificates);
        return new CertifiedKey(secret, chain(secret, all, certificates, key), certificates.toString());
    }

    /**
     * Reads all certificates of a file, at least one.
     *
     * @throws IOException if it cannot be read.
     * @throws IllegalArgumentException if it is malformed or has none.
     */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        for (Object part : parts(file)) {
            if (part instanceof X509CertificateHolder holder) {
                found.add(certificate(file, holder));
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(file + " has no certificate (expected: BEGIN CERTIFICATE)");
        }
        return found;
    }

    private static X509Certificate certificate(Path file, X509CertificateHolder holder) {
        try {
            return new JcaX509CertificateConverter().getCertificate(holder);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(file + " has a malformed certificate (expected: X.509)", e);
        }
    }

    /**
     * Reads the key of a file, the first if there are several.
     *
     * @throws IOException if the file cannot be read.
     * @throws IllegalArgumentException if it is malformed, has none, or the password is wrong or missing.
     */
    public static PrivateKey key(Path file, Optional<String> password) throws IOException {
        for (Object part : parts(file)) {
            PrivateKeyInfo info = keyInfo(file, part, password);
            if (info != null) {
                return key(file, info);
            }
        }
        throw new IllegalArgumentException(file + " has no private key (expected: BEGIN PRIVATE KEY)");
    }

    private static @Nullable PrivateKeyInfo keyInfo(Path file, Object part, Optional<String> password) {
        try {
            if (part instanceof PrivateKeyInfo info) {
                return info;
            } else if (part instanceof PEMKeyPair pair) {
                return pair.getPrivateKeyInfo();
            } else if (part instanceof PEMEncryptedKeyPair pair) {
                return pair.decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                                .setProvider(BouncyCastle.PROVIDER)
                                .build(needed(file, password)))
                        .getPrivateKeyInfo();
            } else if (part instanceof PKCS8EncryptedPrivateKeyInfo info) {
                return info.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                        .setProvider(BouncyCastle.PROVIDER)
                        .build(needed(file, password)));
            }
            return null;
        } catch (IOException | OperatorCreationException | PKCSException e) {
            throw new IllegalArgumentException(
                    "the key in " + file + " cannot be decrypted (expected: the password of tls.key-password-file)", e);
        }
    }

    private static char[] needed(Path file, Optional<String> password) {
        return password.orElseThrow(() -> new IllegalArgumentException(
                        "the key in " + file + " has a password (expected: it in the file tls.key-password-file)"))
                .toCharArray();
    }

    /** By the JDK: ActiveMQ installs Bouncy Castle in the JVM, whose converter then gives keys of type ECDSA. */
    private static PrivateKey key(Path file, PrivateKeyInfo info) throws IOException {
        ASN1ObjectIdentifier type = info.getPrivateKeyAlgorithm().getAlgorithm();
        String algorithm;
        if (type.equals(PKCSObjectIdentifiers.rsaEncryption)) {
            algorithm = "RSA";
        } else if (type.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
            algorithm = "EC";
        } else {
            throw new IllegalArgumentException("the key in " + file + " is of type " + type + " (expected: RSA or EC)");
        }
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
        } catch (GeneralSecurityException e) {
            // The cause might name parts of the key.
            throw new IllegalArgumentException(
                    "the key in " + file + " cannot be used (expected: RSA, or EC on P-256, P-384 or P-521)");
        }
    }

    private static List<Object> parts(Path file) throws IOException {
        List<Object> parts = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(text(file)))) {
            for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
                parts.add(part);
                if (parts.size() > MAX_CERTIFICATES) {
                    throw new IllegalArgumentException(
                            file + " has more than " + MAX_CERTIFICATES + " parts (expected: fewer)");
                }
            }
        } catch (IOException e) {
            // Reading a string does not fail: it is the form.
            throw new IllegalArgumentException(file + " is malformed (expected: PEM)", e);
        }
        return parts;
    }

    private static String text(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_OCTETS) {
            throw new IllegalArgumentException(file + " has " + size + " octets (expected: <= " + MAX_OCTETS + ")");
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    /** The certificate of the key first, then each one's issuer; certificates that do not belong there are left out. */
    private static List<X509Certificate> chain(
            PrivateKey key, List<X509Certificate> all, Path certificates, Path keyFile) {
        List<X509Certificate> chain = new ArrayList<>();
        chain.add(all.stream()
                .filter(certificate -> isOf(key, certificate.getPublicKey()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no certificate in " + certificates
                        + " belongs to the key in " + keyFile + " (expected: a pair)")));
        Optional<X509Certificate> issuer = issuer(chain, all);
        while (issuer.isPresent()) {
            chain.add(issuer.get());
            issuer = issuer(chain, all);
        }
        return chain;
    }

    private static Optional<X509Certificate> issuer(List<X509Certificate> chain, List<X509Certificate> all) {
        X509Certificate last = chain.get(chain.size() - 1);
        return all.stream()
                .filter(candidate -> !chain.contains(candidate))
                .filter(candidate -> candidate.getSubjectX500Principal().equals(last.getIssuerX500Principal()))
                .filter(candidate -> hasSigned(candidate, last))
                .findFirst();
    }

    private static boolean hasSigned(X509Certificate issuer, X509Certificate certificate) {
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean isOf(PrivateKey key, PublicKey candidate) {
        if (!key.getAlgorithm().equals(candidate.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature =
                    Signature.getInstance(key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
            signature.initSign(key);
            signature.update(PROOF);
            byte[] proof = signature.sign();
            signature.initVerify(candidate);
            signature.update(PROOF);
            return signature.verify(proof);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
