package dev.caravan.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Isolated("changes the JVM's providers")
class PemReaderTest {
    @TempDir
    private Path folder;

    /** ActiveMQ installs Bouncy Castle when a broker starts. */
    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void keysAreOfTheSameTypeWhoeverHasInstalledBouncyCastle(String type) throws Exception {
        PrivateKey key = KeyPairGenerator.getInstance(type).generateKeyPair().getPrivate();
        Path file = Files.writeString(
                folder.resolve("key.pem"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");
        Provider provider = new BouncyCastleProvider();
        boolean added = Security.getProvider(provider.getName()) == null && Security.addProvider(provider) > 0;
        try {
            assertEquals(type, PemReader.key(file, Optional.empty()).getAlgorithm());
        } finally {
            if (added) {
                Security.removeProvider(provider.getName());
            }
        }
    }
}
