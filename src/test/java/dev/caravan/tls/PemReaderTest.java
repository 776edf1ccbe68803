package dev.caravan.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaMiscPEMGenerator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PemReaderTest {
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
    private static final TestCertificates AUTHORITY = new TestCertificates();

    @TempDir
    private Path folder;

    /** Keys in all forms that programs write. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void readsKeysInEachForm(Kind kind) throws Exception {
        CertifiedKey pair = AUTHORITY.issue(kind, "mx.test");
        // PKCS#1 for RSA and SEC1 for EC; only keys of this provider name their curve there.
        PrivateKey named = KeyFactory.getInstance(kind.name(), PROVIDER)
                .generatePrivate(new PKCS8EncodedKeySpec(pair.key().getEncoded()));
        Object traditional = new JcaMiscPEMGenerator(named);
        Object pkcs8 = new JcaPKCS8Generator(pair.key(), null);
        Object encrypted8 = new JcaPKCS8Generator(
                pair.key(),
                new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                        .setProvider(PROVIDER)
                        .setPassword("secret".toCharArray())
                        .build());
        Object encrypted = new JcaMiscPEMGenerator(
                named,
                new JcePEMEncryptorBuilder("AES-256-CBC").setProvider(PROVIDER).build("secret".toCharArray()));
        for (Object form : List.of(traditional, pkcs8, encrypted8, encrypted)) {
            Path file = TestCertificates.write(folder.resolve("pair.pem"), form, pair.certificate());
            CertifiedKey read = PemReader.read(file, file, Optional.of("secret"));
            assertEquals(kind.name(), read.type());
            assertEquals(pair.chain(), read.chain());
        }
        Path locked = TestCertificates.write(folder.resolve("locked.pem"), encrypted8, pair.certificate());
        for (Optional<String> password : List.of(Optional.of("wrong"), Optional.<String>empty())) {
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> PemReader.read(locked, locked, password));
            assertTrue(refused.getMessage().contains("password"), refused.getMessage());
        }
    }

    @Test
    void putsTheChainInOrder() throws Exception {
        CertifiedKey pair = AUTHORITY.issue(Kind.EC, "mx.test");
        CertifiedKey stranger = new TestCertificates().issue(Kind.EC, "else.test");
        Path certificates = TestCertificates.write(
                folder.resolve("chain.crt"), AUTHORITY.authority(), stranger.certificate(), pair.certificate());
        Path key = TestCertificates.write(folder.resolve("chain.key"), pair.key());
        CertifiedKey read = PemReader.read(certificates, key, Optional.empty());
        assertEquals(List.of(pair.certificate(), AUTHORITY.authority()), read.chain());
        assertFalse(read.isSelfSigned());
        assertTrue(read.isFor("MX.test."));
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        CertifiedKey pair = AUTHORITY.issue(Kind.EC, "mx.test");
        CertifiedKey other = AUTHORITY.issue(Kind.EC, "mx.test");
        refused("belongs to the key", TestCertificates.pem(pair.certificate(), other.key()));
        refused("has no private key", TestCertificates.pem(pair.certificate()));
        refused("has no certificate", TestCertificates.pem(pair.key()));
        refused("has no private key", "");
        refused("has no private key", "hello");
        refused("malformed", "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n");
        refused("more than 20 parts", TestCertificates.pem(pair.certificate()).repeat(21));
        refused("octets", "x".repeat(PemReader.MAX_OCTETS + 1));
    }

    private void refused(String why, String content) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.pem"), content);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> PemReader.read(file, file, Optional.empty()), why);
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
    }

    @Test
    void showsNoKey() {
        CertifiedKey pair = AUTHORITY.issue(Kind.RSA, "mx.test");
        PrivateKey key = pair.key();
        assertFalse(pair.toString().contains(String.valueOf(key)), pair.toString());
        assertEquals("RSA certificate of [mx.test] in test", pair.toString());
    }

    @Test
    void knowsWhichHostsANameCovers() {
        CertifiedKey pair = AUTHORITY.issue(Kind.EC, "Mx.test", "*.Wild.test", "192.0.2.1", "*.com");
        for (String host : List.of("mx.test", "MX.TEST", "mx.test.", "a.wild.test", "192.0.2.1")) {
            assertTrue(pair.isFor(host), host);
        }
        for (String host :
                List.of("wild.test", "a.b.wild.test", ".wild.test", "test", "192.0.2.2", "x.com", "", "::1")) {
            assertFalse(pair.isFor(host), host);
        }
    }
}
