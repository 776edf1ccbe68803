package dev.caravan.acme;

import dev.caravan.acme.RenewalRules.Current;
import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.tls.CertificateNames;
import dev.caravan.tls.CertifiedKey;
import dev.caravan.tls.PemReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a certificate by ACME: the certificate with its key, which the listeners use, and in a folder of its own
 * the account's key, the state, and the key of an order whose end is not known. For their owner only. Blocks on the disk.
 */
final class AcmeFiles {
    private static final Logger LOG = LoggerFactory.getLogger(AcmeFiles.class);
    private static final int MAX_OCTETS = 1 << 20;

    /** The file with the certificate and its key. */
    static final String PAIR = "acme.pem";

    private final Path tls;
    private final Path pair;
    private final Path folder;
    private final Path accountKey;
    private final Path orderKey;
    private final Path state;

    /**
     * @param tls the folder where the listeners look for the certificate and its key.
     */
    AcmeFiles(Path tls) {
        this.tls = tls;
        this.pair = tls.resolve(PAIR);
        this.folder = tls.resolve("acme");
        this.accountKey = folder.resolve("account.key");
        this.orderKey = folder.resolve("order.key");
        this.state = folder.resolve("state");
    }

    /** Makes the folders. */
    void prepare() throws IOException {
        OwnerOnlyFolders.create(tls);
        OwnerOnlyFolders.create(folder);
    }

    /** The certificate in use; empty if there is none that can be read. */
    Optional<CertifiedKey> current() {
        if (Files.notExists(pair)) {
            return Optional.empty();
        }
        try {
            return Optional.of(PemReader.read(pair, pair, Optional.empty()));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("acme: the certificate cannot be read and is ordered anew: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** What the rules need to know of a certificate. */
    static Current facts(X509Certificate certificate) {
        return new Current(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant(),
                fingerprint(certificate),
                new HashSet<>(CertificateNames.of(certificate)));
    }

    /** The first half of the SHA-256 hash of a certificate, in hexadecimal digits. */
    static String fingerprint(X509Certificate certificate) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.of().formatHex(hash, 0, hash.length / 2);
        } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
            throw new IllegalStateException("a certificate without SHA-256", e);
        }
    }

    /** Puts a new certificate where the listeners look for it, both parts at once. */
    void install(KeyPair key, List<X509Certificate> chain) throws IOException {
        try {
            PrivateFile.write(pair, Pem.of(key.getPrivate()) + Pem.of(chain));
        } catch (CertificateEncodingException e) {
            throw new IOException("the new certificate is malformed", e);
        }
    }

    /**
     * The account's key.
     *
     * @throws IOException if there is one that cannot be read: a new one would be another account.
     */
    Optional<KeyPair> accountKey() throws IOException {
        return keys(accountKey, true);
    }

    void keepAccountKey(KeyPair key) throws IOException {
        PrivateFile.write(accountKey, Pem.of(key));
    }

    /** The key of the order whose end is not known. */
    Optional<KeyPair> orderKey() throws IOException {
        return keys(orderKey, false);
    }

    void keepOrderKey(KeyPair key) throws IOException {
        PrivateFile.write(orderKey, Pem.of(key));
    }

    void forgetOrderKey() throws IOException {
        Files.deleteIfExists(orderKey);
    }

    private static Optional<KeyPair> keys(Path file, boolean isNeeded) throws IOException {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        Optional<KeyPair> keys = Pem.keyPair(text(file));
        if (keys.isEmpty() && isNeeded) {
            throw new IOException(file + " has no key (expected: the file as it was written, or none)");
        }
        return keys;
    }

    AcmeState state(String settings) throws IOException {
        return Files.exists(state) ? AcmeState.parse(text(state)).under(settings) : AcmeState.initial(settings);
    }

    void keep(AcmeState now) throws IOException {
        PrivateFile.write(state, now.text());
    }

    private static String text(Path file) throws IOException {
        if (Files.size(file) > MAX_OCTETS) {
            throw new IOException(file + " is too large (expected: <= " + MAX_OCTETS + " octets)");
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
