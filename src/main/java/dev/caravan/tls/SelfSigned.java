package dev.caravan.tls;

import dev.caravan.config.OwnerOnlyFolders;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The key of a server that was given none, with a certificate that only it vouches for. Blocks on the disk. */
final class SelfSigned {
    private static final Logger LOG = LoggerFactory.getLogger(SelfSigned.class);
    /** The name of the file. */
    static final String NAME = "self-signed.pem";

    private static final Duration LIFE = Duration.ofDays(3650);
    /** With less time left a new one is made. */
    private static final Duration LEAST = Duration.ofDays(60);

    /** Clocks of clients may be late. */
    private static final Duration MARGIN = Duration.ofDays(1);

    private static final int SERIAL_BITS = 120;

    private SelfSigned() {}

    /**
     * Reads the key from its file in a folder; makes the file if there is none, or none for this host, or it expires soon.
     *
     * @throws IOException if the file can neither be read nor written.
     */
    static CertifiedKey open(Path folder, String host, Instant now) throws IOException {
        Path file = folder.resolve(NAME);
        if (Files.exists(file)) {
            try {
                CertifiedKey known = PemReader.read(file, file, Optional.empty());
                if (known.isFor(host) && known.expiry().isAfter(now.plus(LEAST))) {
                    return known;
                }
            } catch (IllegalArgumentException e) {
                LOG.warn("{}: a new self-signed certificate replaces it", e.getMessage());
            }
        }
        write(folder, file, host, now);
        return PemReader.read(file, file, Optional.empty());
    }

    private static void write(Path folder, Path file, String host, Instant now) throws IOException {
        String pem = pem(host, now);
        OwnerOnlyFolders.create(folder);
        boolean isPosix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerOnly = isPosix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path temporary = Files.createTempFile(folder, "new", ".tmp", ownerOnly);
        try {
            Files.writeString(temporary, pem, StandardCharsets.US_ASCII);
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        LOG.info("Made a self-signed certificate for {}: {}", host, file);
    }

    private static String pem(String host, Instant now) throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            // A common name has at most 64 characters (RFC 5280, appendix A.1), and some hosts have longer ones.
            X500Principal name = new X500Principal(host.length() <= 64 ? "CN=" + host : "CN=Caravan");
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS),
                    Date.from(now.minus(MARGIN)),
                    Date.from(now.plus(LIFE)),
                    name,
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.dNSName, host)));
            X509Certificate certificate = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
            StringWriter text = new StringWriter();
            try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
                // PKCS#8, because the SEC1 form of a key of the JDK does not name its curve.
                writer.writeObject(new JcaPKCS8Generator(pair.getPrivate(), null));
                writer.writeObject(certificate);
            }
            return text.toString();
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("cannot make a certificate for " + host, e);
        }
    }
}
