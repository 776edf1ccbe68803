package dev.caravan.testkit;

import dev.caravan.tls.CertifiedKey;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that issues certificates for tests. Its own certificate and all others are made when they are asked for. */
public final class TestCertificates {
    private static final Duration AGE = Duration.ofHours(1);
    private static final Duration LIFE = Duration.ofDays(90);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** The kinds of keys. */
    public enum Kind {
        EC,
        RSA;

        KeyPair generate() {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance(name());
                if (this == EC) {
                    generator.initialize(new ECGenParameterSpec("secp256r1"));
                } else {
                    generator.initialize(2048);
                }
                return generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        String signature() {
            return this == EC ? "SHA256withECDSA" : "SHA256withRSA";
        }
    }

    private final KeyPair pair = Kind.EC.generate();
    private final String name;
    private final X509Certificate authority;

    public TestCertificates() {
        this("CN=Test authority " + RANDOM.nextInt(1_000_000));
    }

    public TestCertificates(String name) {
        this.name = name;
        this.authority = certificate(pair, name, pair.getPrivate(), name, Kind.EC, List.of(), LIFE, true);
    }

    /** The certificate of the authority. */
    public X509Certificate authority() {
        return authority;
    }

    /** A key whose certificate, issued by the authority, has these names. */
    public CertifiedKey issue(Kind kind, String... names) {
        return issue(kind, LIFE, names);
    }

    /** The same with the time from now until the certificate expires. */
    public CertifiedKey issue(Kind kind, Duration life, String... names) {
        KeyPair leaf = kind.generate();
        String subject = "CN=" + (names.length == 0 ? "nobody" : names[0]);
        X509Certificate certificate =
                certificate(leaf, subject, pair.getPrivate(), name, Kind.EC, List.of(names), life, false);
        return new CertifiedKey(leaf.getPrivate(), List.of(certificate), "test");
    }

    private static X509Certificate certificate(
            KeyPair subject,
            String subjectName,
            PrivateKey issuer,
            String issuerName,
            Kind issuerKind,
            List<String> names,
            Duration life,
            boolean isAuthority) {
        Instant now = Instant.now();
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Principal(issuerName),
                    new BigInteger(64, RANDOM).setBit(64),
                    Date.from(
                            now.minus(AGE).isBefore(now.plus(life))
                                    ? now.minus(AGE)
                                    : now.plus(life).minus(AGE)),
                    Date.from(now.plus(life)),
                    new X500Principal(subjectName),
                    subject.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            if (!names.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, alternatives(names));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder(issuerKind.signature()).build(issuer)));
        } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static GeneralNames alternatives(List<String> names) {
        List<GeneralName> all = new ArrayList<>();
        for (String name : names) {
            boolean isAddress = name.matches("[0-9.]+|.*:.*");
            int type = name.contains("@")
                    ? GeneralName.rfc822Name
                    : isAddress ? GeneralName.iPAddress : GeneralName.dNSName;
            all.add(new GeneralName(type, name));
        }
        return new GeneralNames(all.toArray(GeneralName[]::new));
    }

    /** Writes certificates and keys (PKCS#8) as PEM, in their order. */
    public static Path write(Path file, Object... parts) throws IOException {
        return Files.writeString(file, pem(parts));
    }

    /** Certificates and keys as PEM, in their order. */
    public static String pem(Object... parts) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object part : parts) {
                writer.writeObject(part instanceof PrivateKey key ? new JcaPKCS8Generator(key, null) : part);
            }
        }
        return text.toString();
    }
}
