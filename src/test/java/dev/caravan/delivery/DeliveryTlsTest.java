package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.DnsJavaMailDns;
import dev.caravan.dns.DnsSettings;
import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.RelayHost;
import dev.caravan.net.TlsPolicy;
import dev.caravan.net.TlsPolicy.Level;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.tls.CertifiedKey;
import dev.caravan.tls.TlsEngines;
import dev.caravan.tls.TlsLibrary;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deliveries under TLS to servers that do it well and badly, with both libraries. */
@org.junit.jupiter.api.Timeout(60)
class DeliveryTlsTest {
    private static final Domain US = new Domain("caravan.example");
    private static final int WHOLE = Integer.MAX_VALUE / 2;
    private static final TestCertificates AUTHORITY = new TestCertificates();
    private static final List<String> OFFER =
            List.of("S: 220 mx", "C: EHLO caravan.example", "S: 250-mx", "S: 250-X-BEFORE", "S: 250 STARTTLS");
    private static final List<String> AGREED = List.of("C: STARTTLS", "S: 220 go");
    private static final List<String> MAIL = List.of(
            "C: EHLO caravan.example",
            "S: 250 mx",
            "C: MAIL *",
            "S: 250 ok",
            "C: RCPT *",
            "S: 250 ok",
            "C: DATA",
            "S: 354 go",
            "C: ...",
            "C: .",
            "S: 250 2.0.0 taken",
            "! next");
    private static final List<String> CLEAR_MAIL = concat(List.of("S: 220 mx"), MAIL);

    private final List<AutoCloseable> open = new ArrayList<>();

    @TempDir
    private Path folder;

    /** The libraries. */
    enum Library {
        OPENSSL,
        JDK;

        TlsEngines engines() {
            return TlsEngines.of(TlsLibrary.valueOf(name()));
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    @SafeVarargs
    private static List<String> concat(List<String>... parts) {
        List<String> all = new ArrayList<>();
        for (List<String> part : parts) {
            all.addAll(part);
        }
        return all;
    }

    private static SSLContext server(CertifiedKey key) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", key.key(), new char[0], key.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private ScriptedMx mx(List<String> script) throws Exception {
        return mx(script, AUTHORITY.issue(Kind.EC, "localhost", "127.0.0.1"));
    }

    private ScriptedMx mx(List<String> script, CertifiedKey key) throws Exception {
        ScriptedMx mx = ScriptedMx.play("127.0.0.1", 0, WHOLE, script, Optional.of(server(key)));
        open.add(mx);
        return mx;
    }

    private SmtpDelivery delivery(Library library, TlsPolicy policy) {
        return delivery(library, policy, Duration.ofSeconds(20));
    }

    private SmtpDelivery delivery(Library library, TlsPolicy policy, Duration patience) {
        return delivery(library, policy, patience, ConnectionReuse.DEFAULT);
    }

    private SmtpDelivery delivery(Library library, TlsPolicy policy, Duration patience, ConnectionReuse reuse) {
        var disk = Executors.newCachedThreadPool();
        SmtpClient client = new SmtpClient(
                US,
                DeliveryTimeouts.all(patience),
                reuse,
                new DeadHostCache(Clock.systemUTC(), Duration.ofMinutes(15)),
                SmtpClient.eventLoops(1),
                Optional.of(new ClientTls(library.engines(), disk)));
        SmtpDelivery delivery = new SmtpDelivery(
                new SmtpDeliverySettings(new OwnAddresses(US, List.of()), 25, 10, ConcurrencyLimits.DEFAULT),
                new DnsJavaMailDns(DnsSettings.of(List.of(new InetSocketAddress("127.0.0.1", 9)))),
                client,
                Clock.systemUTC(),
                new Random(1));
        delivery.usualTls(policy);
        open.add(delivery);
        open.add(client);
        open.add(disk::shutdown);
        return delivery;
    }

    private static DeliveryReport send(SmtpDelivery delivery, ScriptedMx mx) throws Exception {
        SmtpDestination there =
                new SmtpDestination.RelayHosts(List.of(new RelayHost(new HostAndPort("127.0.0.1", mx.port()))));
        return delivery.attempt(Mails.to("b@x.example"), there, Instant.MAX, new AttemptProgress())
                .toCompletableFuture()
                .get(40, TimeUnit.SECONDS);
    }

    private static String result(DeliveryReport report) {
        RecipientResult result = report.results().get(0);
        return result.getClass().getSimpleName() + " " + result.diagnosis().status();
    }

    private static String tls(DeliveryReport report) {
        return report.hosts().stream().map(host -> host.tls().words()).collect(Collectors.joining("; "));
    }

    private Path authority() throws Exception {
        return TestCertificates.write(folder.resolve("ca.pem"), AUTHORITY.authority());
    }

    private TlsPolicy verify(String... names) throws Exception {
        return new TlsPolicy(Level.VERIFY, false, List.of(names), Optional.of(authority()), Optional.empty());
    }

    @ParameterizedTest
    @EnumSource
    void usesTlsThatIsOfferedAndKeepsTheConnection(Library library) throws Exception {
        List<String> second = MAIL.subList(2, MAIL.size());
        ScriptedMx mx = mx(concat(OFFER, AGREED, List.of("! tls"), MAIL.subList(0, MAIL.size() - 1), second));
        SmtpDelivery delivery = delivery(library, TlsPolicy.MAY);
        DeliveryReport report = send(delivery, mx);
        assertEquals("Delivered 2.0.0", result(report));
        assertTrue(tls(report).matches("TLSv1\\.3 TLS_[A-Z0-9_]+ unverified"), tls(report));
        assertEquals(tls(report), tls(send(delivery, mx)));
        assertEquals(1, mx.connections());
    }

    @ParameterizedTest
    @EnumSource
    void goesInClearWhereTlsIsNotOfferedOrRefused(Library library) throws Exception {
        DeliveryReport report = send(delivery(library, TlsPolicy.MAY), mx(CLEAR_MAIL));
        assertEquals("Delivered 2.0.0", result(report));
        assertEquals("no TLS (STARTTLS not offered)", tls(report));

        report = send(
                delivery(library, TlsPolicy.MAY),
                mx(concat(OFFER, List.of("C: STARTTLS", "S: 454 4.7.0 not now"), MAIL.subList(2, MAIL.size()))));
        assertEquals("Delivered 2.0.0", result(report));
        assertEquals("no TLS (STARTTLS refused: 454 4.7.0 not now)", tls(report));
    }

    @ParameterizedTest
    @EnumSource
    void sendsInClearAfterABrokenHandshakeAndRemembersIt(Library library) throws Exception {
        List<String> alert = List.of("! hello", "S! \\x15\\x03\\x03\\0\\x02\\x02\\x28", "! close");
        ScriptedMx mx = mx(concat(OFFER, AGREED, alert, CLEAR_MAIL, CLEAR_MAIL));
        SmtpDelivery delivery = delivery(library, TlsPolicy.MAY, Duration.ofSeconds(20), ConnectionReuse.NONE);
        DeliveryReport report = send(delivery, mx);
        assertEquals("Delivered 2.0.0", result(report), report.toString());
        assertTrue(tls(report).startsWith("no TLS ("), tls(report));
        // In clear, without another try; the script has no STARTTLS any more.
        report = send(delivery, mx);
        assertEquals("Delivered 2.0.0", result(report), report.toString());
        assertTrue(tls(report).startsWith("no TLS ("), tls(report));
        assertEquals(3, mx.connections());
    }

    @ParameterizedTest
    @EnumSource
    void sendsInClearIfTheHostEndsTheConnectionAtTheHandshakeOrAfterIt(Library library) throws Exception {
        assertEquals(
                "Delivered 2.0.0",
                result(send(
                        delivery(library, TlsPolicy.MAY), mx(concat(OFFER, AGREED, List.of("! close"), CLEAR_MAIL)))));
        assertEquals(
                "Delivered 2.0.0",
                result(send(
                        delivery(library, TlsPolicy.MAY),
                        mx(concat(OFFER, AGREED, List.of("! tls", "C: EHLO *", "! close"), CLEAR_MAIL)))));
    }

    @ParameterizedTest
    @EnumSource
    void doesNotBelieveWhatCameInClear(Library library) throws Exception {
        List<String> injected = concat(OFFER, List.of("C: STARTTLS", "S! 220 go\\r\\n250 injected\\r\\n", "! next"));
        DeliveryReport report = send(delivery(library, TlsPolicy.ENCRYPT), mx(injected));
        assertEquals("Deferred 4.7.5", result(report));
        assertTrue(
                report.results().get(0).diagnosis().reply().contains("in clear after the reply to STARTTLS"),
                report.toString());

        // The extensions offered before the handshake are forgotten: the mail has no SIZE.
        List<String> sizes = concat(
                List.of("S: 220 mx", "C: EHLO *", "S: 250-mx", "S: 250-SIZE 9", "S: 250 STARTTLS"),
                AGREED,
                List.of("! tls"),
                MAIL);
        assertEquals("Delivered 2.0.0", result(send(delivery(library, TlsPolicy.ENCRYPT), mx(sizes))));
    }

    @ParameterizedTest
    @EnumSource
    void neverGoesInClearWhereTlsIsRequired(Library library) throws Exception {
        ScriptedMx mx = mx(concat(List.of("S: 220 mx", "C: EHLO *", "S: 250 mx", "C: QUIT", "! next"), CLEAR_MAIL));
        assertEquals("Deferred 4.7.4", result(send(delivery(library, TlsPolicy.ENCRYPT), mx)));
        assertEquals(1, mx.connections());

        mx = mx(concat(OFFER, List.of("C: STARTTLS", "S: 454 no", "C: QUIT", "! next"), CLEAR_MAIL));
        assertEquals("Deferred 4.7.4", result(send(delivery(library, TlsPolicy.ENCRYPT), mx)));

        mx = mx(concat(OFFER, AGREED, List.of("! hello", "S! nonsense\\r\\n", "! close"), CLEAR_MAIL));
        assertEquals("Deferred 4.7.5", result(send(delivery(library, TlsPolicy.ENCRYPT), mx)));
        assertEquals(1, mx.connections());
    }

    @ParameterizedTest
    @EnumSource
    void waitsForASlowHandshakeOnlySoLong(Library library) throws Exception {
        ScriptedMx mx = mx(concat(OFFER, AGREED, List.of("! stall")));
        DeliveryReport report = send(delivery(library, TlsPolicy.ENCRYPT, Duration.ofMillis(500)), mx);
        assertEquals("Deferred 4.7.5", result(report));
        assertTrue(report.results().get(0).diagnosis().reply().contains("timed out"), report.toString());

        mx = mx(concat(OFFER, AGREED, List.of("! stall"), CLEAR_MAIL));
        assertEquals("Delivered 2.0.0", result(send(delivery(library, TlsPolicy.MAY, Duration.ofMillis(1500)), mx)));
    }

    @ParameterizedTest
    @EnumSource
    void verifiesChainAndName(Library library) throws Exception {
        List<String> good = concat(OFFER, AGREED, List.of("! tls"), MAIL);
        DeliveryReport report = send(delivery(library, verify("mx.x.example")), mx(good, key("mx.x.example")));
        assertEquals("Delivered 2.0.0", result(report), report.toString());
        assertTrue(tls(report).endsWith(" verified"), tls(report));
        assertEquals(
                "Delivered 2.0.0",
                result(send(delivery(library, verify(".x.example")), mx(good, key("a.b.x.example")))));
        // The host itself, if no name is given.
        assertEquals("Delivered 2.0.0", result(send(delivery(library, verify()), mx(good, key("127.0.0.1")))));
    }

    private static CertifiedKey key(String... names) {
        return AUTHORITY.issue(Kind.EC, names);
    }

    @ParameterizedTest
    @EnumSource
    void refusesCertificatesThatAreNotTheHosts(Library library) throws Exception {
        List<String> bad = concat(OFFER, AGREED, List.of("! tls", "! next"), CLEAR_MAIL);
        refuses(library, verify("mx.x.example"), mx(bad, key("mx.y.example")), "mx.y.example");
        refuses(library, verify(".x.example"), mx(bad, key("x.example")), "expected: .x.example");
        refuses(
                library,
                verify("x.example"),
                mx(bad, AUTHORITY.issue(Kind.EC, Duration.ofMinutes(-5), "x.example")),
                "");
        refuses(library, verify("x.example"), mx(bad, new TestCertificates().issue(Kind.RSA, "x.example")), "");
        // The system does not trust the authority of this test.
        refuses(library, TlsPolicy.VERIFY, mx(bad, key("127.0.0.1")), "");
    }

    private void refuses(Library library, TlsPolicy policy, ScriptedMx mx, String reason) throws Exception {
        DeliveryReport report = send(delivery(library, policy), mx);
        assertEquals("Deferred 4.7.5", result(report), report.toString());
        assertTrue(report.results().get(0).diagnosis().reply().contains(reason), report.toString());
        assertEquals(1, mx.connections());
    }

    @ParameterizedTest
    @EnumSource
    void beginsWithTlsWhereItIsImplicit(Library library) throws Exception {
        List<String> script = concat(List.of("! tls"), CLEAR_MAIL);
        DeliveryReport report = send(delivery(library, verify().implicit()), mx(script));
        assertEquals("Delivered 2.0.0", result(report), report.toString());
        assertTrue(tls(report).endsWith(" verified"), tls(report));

        report = send(delivery(library, verify("other.example").implicit()), mx(concat(List.of("! tls", "! next"))));
        assertEquals("Deferred 4.7.5", result(report), report.toString());
    }

    @ParameterizedTest
    @EnumSource
    void defersIfAFileOfThePolicyCannotBeRead(Library library) throws Exception {
        TlsPolicy policy = new TlsPolicy(
                Level.VERIFY, false, List.of(), Optional.of(folder.resolve("missing.pem")), Optional.empty());
        DeliveryReport report = send(delivery(library, policy), mx(CLEAR_MAIL));
        assertEquals("Deferred 4.7.5", result(report), report.toString());
    }

    /** A host that knows only TLS 1.0, by the alert with which it refuses what it is offered. */
    @ParameterizedTest
    @EnumSource
    void speaksNoOldVersion(Library library) throws Exception {
        List<String> script =
                concat(OFFER, AGREED, List.of("! hello", "S! \\x15\\x03\\x01\\0\\x02\\x02\\x46", "! close"));
        DeliveryReport report = send(delivery(library, TlsPolicy.ENCRYPT), mx(script));
        assertEquals("Deferred 4.7.5", result(report), report.toString());
    }
}
