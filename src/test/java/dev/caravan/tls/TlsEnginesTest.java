package dev.caravan.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Handshakes of our servers and clients, with each library on each side. */
class TlsEnginesTest {
    private static final TestCertificates AUTHORITY = new TestCertificates();
    private static final CertifiedKey EC = AUTHORITY.issue(Kind.EC, "mx.test");
    private static final CertifiedKey RSA = AUTHORITY.issue(Kind.RSA, "mx.test");
    private static final CertifiedKey OTHER = AUTHORITY.issue(Kind.EC, "*.other.test", "other.test");

    /** Libraries of server and client. */
    record Sides(TlsLibrary server, TlsLibrary client) {
        static List<Sides> all() {
            return List.of(
                    new Sides(TlsLibrary.OPENSSL, TlsLibrary.OPENSSL),
                    new Sides(TlsLibrary.OPENSSL, TlsLibrary.JDK),
                    new Sides(TlsLibrary.JDK, TlsLibrary.OPENSSL),
                    new Sides(TlsLibrary.JDK, TlsLibrary.JDK));
        }

        TlsPair pair(ServerKeys keys, ServerOptions options, ClientOptions wishes, String name) throws SSLException {
            return TlsPair.of(
                    TlsEngines.of(server).server(keys, options),
                    TlsEngines.of(client).client(wishes),
                    Optional.of(name).filter(text -> !text.isEmpty()));
        }
    }

    static List<Sides> sides() {
        return Sides.all();
    }

    @ParameterizedTest
    @MethodSource("sides")
    void speaksTheNewestVersion(Sides sides) throws Exception {
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, ClientOptions.OPPORTUNISTIC, "mx.test")) {
            pair.shakeHands();
            assertEquals("TLSv1.3", pair.server().getProtocol());
            assertEquals("TLSv1.3", pair.client().getProtocol());
            assertEquals("hello", pair.toServer("hello"));
            assertEquals("welcome", pair.toClient("welcome"));
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void servesTheCertificateOfTheNameThatTheClientAsksFor(Sides sides) throws Exception {
        assertEquals(EC.certificate(), served(sides, keys(EC, OTHER), "mx.test"));
        assertEquals(OTHER.certificate(), served(sides, keys(EC, OTHER), "other.test"));
        assertEquals(OTHER.certificate(), served(sides, keys(EC, OTHER), "MAIL.other.test"));
        assertEquals(EC.certificate(), served(sides, keys(EC, OTHER), "a.mail.other.test"));
        assertEquals(EC.certificate(), served(sides, keys(EC, OTHER), "unknown.test"));
        assertEquals(EC.certificate(), served(sides, keys(EC, OTHER), ""));
    }

    @ParameterizedTest
    @MethodSource("sides")
    void prefersTheEcKeyOfTwoForOneName(Sides sides) throws Exception {
        assertEquals(EC.certificate(), served(sides, keys(EC, RSA), "mx.test"));
        assertEquals(RSA.certificate(), served(sides, keys(RSA), "mx.test"));
    }

    private static X509Certificate served(Sides sides, ServerKeys keys, String name) throws Exception {
        try (TlsPair pair = sides.pair(keys, ServerOptions.DEFAULT, ClientOptions.OPPORTUNISTIC, name)) {
            pair.shakeHands();
            return (X509Certificate) pair.client().getPeerCertificates()[0];
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void trustsItsAuthoritiesOnly(Sides sides) throws Exception {
        Trust known = Trust.in(List.of(AUTHORITY.authority()));
        Trust stranger = Trust.in(List.of(new TestCertificates().authority()));
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, trusting(known), "mx.test")) {
            pair.shakeHands();
            assertEquals("hello", pair.toServer("hello"));
        }
        // The name is not checked by the handshake.
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, trusting(known), "else.test")) {
            pair.shakeHands();
        }
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, trusting(stranger), "mx.test")) {
            assertThrows(SSLException.class, pair::shakeHands);
        }
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, trusting(Trust.system()), "mx.test")) {
            assertThrows(SSLException.class, pair::shakeHands);
        }
    }

    private static ClientOptions trusting(Trust trust) {
        return new ClientOptions(TlsVersion.TLS_1_2, trust, Optional.empty());
    }

    @ParameterizedTest
    @MethodSource("sides")
    void takesAnyCertificateOfAClientAndNeedsNone(Sides sides) throws Exception {
        CertifiedKey client = new TestCertificates().issue(Kind.EC, "client.test");
        ServerOptions asking = new ServerOptions(TlsVersion.TLS_1_2, true, List.of(), false);
        ClientOptions with = new ClientOptions(TlsVersion.TLS_1_2, Trust.any(), Optional.of(client));
        try (TlsPair pair = sides.pair(keys(EC), asking, with, "mx.test")) {
            pair.shakeHands();
            assertEquals("hello", pair.toServer("hello"));
            assertEquals(client.certificate(), pair.server().getPeerCertificates()[0]);
        }
        try (TlsPair pair = sides.pair(keys(EC), asking, ClientOptions.OPPORTUNISTIC, "mx.test")) {
            pair.shakeHands();
            assertEquals("hello", pair.toServer("hello"));
        }
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, with, "mx.test")) {
            pair.shakeHands();
            assertEquals("hello", pair.toServer("hello"));
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void sendsNoTickets(Sides sides) throws Exception {
        for (TlsVersion version : List.of(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)) {
            try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, ClientOptions.OPPORTUNISTIC, "mx.test")) {
                pair.limit(version);
                pair.shakeHands();
                pair.toServer("hello");
                pair.toClient("welcome");
                assertEquals(version.protocol(), pair.client().getProtocol());
                assertEquals(0, pair.tickets(), version.number());
            }
        }
    }

    /** The count of the test above would be worth nothing if it never found one. */
    @ParameterizedTest
    @MethodSource("sides")
    void sendsTicketsIfTold(Sides sides) throws Exception {
        ServerOptions options = new ServerOptions(TlsVersion.TLS_1_2, false, List.of(), true);
        for (TlsVersion version : List.of(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3)) {
            try (TlsPair pair = sides.pair(keys(EC), options, ClientOptions.OPPORTUNISTIC, "mx.test")) {
                pair.limit(version);
                pair.shakeHands();
                // OpenSSL's library sends them with the first text.
                pair.toClient("welcome");
                // The JDK's property for TLS 1.2 is for the whole JVM.
                boolean isExpected = version == TlsVersion.TLS_1_3
                        ? sides.server() == TlsLibrary.JDK
                        : sides.server() == TlsLibrary.OPENSSL;
                assertTrue(!isExpected || pair.tickets() > 0, version.number() + ": " + pair.tickets());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sides")
    void closedContextLetsOpenConnectionsGoOn(Sides sides) throws Exception {
        try (TlsPair pair = sides.pair(keys(EC), ServerOptions.DEFAULT, ClientOptions.OPPORTUNISTIC, "mx.test")) {
            pair.closeContexts();
            pair.shakeHands();
            SSLSession session = pair.server();
            assertTrue(session.isValid());
            assertEquals("hello", pair.toServer("hello"));
        }
    }

    @Test
    void loadsOpenSslByDefault() {
        assertTrue(TlsEngines.of(TlsLibrary.AUTO).isOpenSsl());
        assertFalse(TlsEngines.of(TlsLibrary.JDK).isOpenSsl());
    }

    private static ServerKeys keys(CertifiedKey... keys) {
        return new ServerKeys(List.of(keys));
    }
}
