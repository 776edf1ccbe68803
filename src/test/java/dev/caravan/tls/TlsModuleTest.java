package dev.caravan.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.net.ListenerKind;
import dev.caravan.server.ServerSettings;
import dev.caravan.testkit.MovingClock;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which certificate a server has, and what happens when files change. */
class TlsModuleTest {
    private static final TestCertificates AUTHORITY = new TestCertificates();

    @TempDir
    private Path folder;

    private final MovingClock clock = MovingClock.now();
    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void isCalled() {
        settings.put("mail.hostname", "mx.test");
    }

    private TlsModule module() throws IOException {
        ServerHome home = new ServerHome(folder, folder);
        Settings read = ServerSettings.load(home, settings, Map.of());
        return new TlsModule(home, read, folder.resolve("data"), new PrometheusRegistry(), clock);
    }

    private X509Certificate served(TlsModule module, String name) throws Exception {
        UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
        try (TlsClientContext client = module.engines().client(ClientOptions.OPPORTUNISTIC)) {
            SslHandler handler = client.newHandler(allocator, "mx.test", 25, Optional.of(name));
            EmbeddedChannel theirs = new EmbeddedChannel(handler);
            EmbeddedChannel ours = new EmbeddedChannel(
                    module.server(ListenerKind.SMTP).begin(allocator).orElseThrow());
            while (!handler.handshakeFuture().isDone()) {
                ours.writeInbound(theirs.<Object>readOutbound());
                for (Object octets = ours.readOutbound(); octets != null; octets = ours.readOutbound()) {
                    theirs.writeInbound(octets);
                }
            }
            X509Certificate certificate =
                    (X509Certificate) handler.engine().getSession().getPeerCertificates()[0];
            ours.finishAndReleaseAll();
            theirs.finishAndReleaseAll();
            return certificate;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void makesACertificateIfItHasNone(TlsLibrary library) throws Exception {
        settings.put("tls.engine", library.name().toLowerCase(java.util.Locale.ROOT));
        X509Certificate first;
        try (TlsModule module = module()) {
            first = served(module, "mx.test");
            assertTrue(CertificateNames.cover(first, "mx.test"));
            assertEquals(Optional.empty(), module.warning());
        }
        Path file = folder.resolve("data/tls/self-signed.pem");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (TlsModule module = module()) {
            assertEquals(first, served(module, "mx.test"), "the same after a restart");
        }
        settings.put("mail.hostname", "other.test");
        try (TlsModule module = module()) {
            assertTrue(CertificateNames.cover(served(module, "x"), "other.test"));
        }
        Files.writeString(file, "broken");
        try (TlsModule module = module()) {
            assertTrue(CertificateNames.cover(served(module, "x"), "other.test"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void usesNewFilesAndKeepsTheFormerOnesIfTheyAreBroken(TlsLibrary library) throws Exception {
        settings.put("tls.engine", library.name().toLowerCase(java.util.Locale.ROOT));
        settings.put("tls.certificate", "mx.crt");
        settings.put("tls.key", "mx.key");
        CertifiedKey one = AUTHORITY.issue(Kind.EC, "mx.test");
        CertifiedKey two = AUTHORITY.issue(Kind.RSA, "mx.test");
        CertifiedKey three = AUTHORITY.issue(Kind.EC, "mx.test");
        write("mx", one);
        try (TlsModule module = module()) {
            assertEquals(one.certificate(), served(module, "mx.test"));
            write("mx", two);
            module.look();
            assertEquals(one.certificate(), served(module, "mx.test"), "it may still be written");
            module.look();
            assertEquals(two.certificate(), served(module, "mx.test"));

            TestCertificates.write(folder.resolve("mx.crt"), three.certificate());
            module.look();
            module.look();
            assertEquals(two.certificate(), served(module, "mx.test"), "the key is of another");
            assertTrue(module.warning().orElseThrow().contains("belongs to the key"));
            Files.delete(folder.resolve("mx.key"));
            module.look();
            module.look();
            assertEquals(two.certificate(), served(module, "mx.test"));
            assertTrue(module.warning().orElseThrow().contains("does not exist"));

            write("mx", three);
            module.look();
            module.look();
            assertEquals(three.certificate(), served(module, "mx.test"));
            assertEquals(Optional.empty(), module.warning());
        }
    }

    @Test
    void hasCertificatesForSeveralNames() throws Exception {
        CertifiedKey other = AUTHORITY.issue(Kind.EC, "a.test", "*.b.test");
        CertifiedKey own = AUTHORITY.issue(Kind.EC, "mx.test");
        Files.createDirectories(folder.resolve("certificates"));
        write("certificates/a", other);
        TestCertificates.write(folder.resolve("certificates/z.pem"), own.key(), own.certificate());
        settings.put("tls.folder", "certificates");
        try (TlsModule module = module()) {
            assertEquals(other.certificate(), served(module, "a.test"));
            assertEquals(other.certificate(), served(module, "x.b.test"));
            assertEquals(own.certificate(), served(module, "unknown.test"), "that of mail.hostname");
            assertFalse(Files.exists(folder.resolve("data/tls/self-signed.pem")));

            CertifiedKey third = AUTHORITY.issue(Kind.EC, "c.test");
            TestCertificates.write(folder.resolve("certificates/c.pem"), third.key(), third.certificate());
            module.look();
            module.look();
            assertEquals(third.certificate(), served(module, "c.test"));
        }
        CertifiedKey issued = AUTHORITY.issue(Kind.EC, "mx.test");
        settings.remove("tls.folder");
        Files.createDirectories(folder.resolve("data/tls"));
        TestCertificates.write(folder.resolve("data/tls/mx.test.pem"), issued.key(), issued.certificate());
        try (TlsModule module = module()) {
            assertEquals(issued.certificate(), served(module, "mx.test"), "what was put into data/tls");
        }
    }

    @Test
    void warnsThreeWeeksAhead() throws Exception {
        CertifiedKey pair = AUTHORITY.issue(Kind.EC, Duration.ofDays(30), "mx.test");
        settings.put("tls.certificate", "mx.pem");
        TestCertificates.write(folder.resolve("mx.pem"), pair.key(), pair.certificate());
        try (TlsModule module = module()) {
            assertEquals(Optional.empty(), module.warning());
            clock.advance(Duration.ofDays(9).plusHours(1));
            assertTrue(module.warning().orElseThrow().contains("expires at "));
        }
    }

    @Test
    void refusesToStartWithWhatItCannotUse() throws Exception {
        CertifiedKey pair = AUTHORITY.issue(Kind.EC, "mx.test");
        CertifiedKey other = AUTHORITY.issue(Kind.EC, "mx.test");
        TestCertificates.write(folder.resolve("mx.crt"), pair.certificate());
        TestCertificates.write(folder.resolve("mx.key"), other.key());
        settings.put("tls.certificate", "mx.crt");
        refused("tls.certificate: ", "has no private key");
        settings.put("tls.key", "mx.key");
        refused("tls.certificate: ", "belongs to the key");
        settings.put("tls.key", "missing.key");
        refused("tls.key: ", "cannot read");
        settings.remove("tls.certificate");
        settings.put("tls.key", "mx.key");
        refused("tls.key: ", "without a certificate");
        settings.remove("tls.key");
        settings.put("tls.client-ca", "mx.key");
        refused("tls.client-ca: ", "has no certificate");
    }

    private void refused(String where, String why) {
        InvalidSettingsException refused = assertThrows(InvalidSettingsException.class, () -> module().close());
        assertTrue(
                refused.getMessage().startsWith(where) && refused.getMessage().contains(why), refused.getMessage());
    }

    private void write(String name, CertifiedKey pair) throws IOException {
        TestCertificates.write(folder.resolve(name + ".crt"), pair.certificate());
        TestCertificates.write(folder.resolve(name + ".key"), pair.key());
    }
}
