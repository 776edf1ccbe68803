package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.testkit.TestServer;
import dev.caravan.tls.CertifiedKey;
import dev.caravan.tls.TestTls;
import dev.caravan.tls.TlsVersion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificate and key are replaced a hundred times while clients begin TLS all the time, and none of them notices. */
@Tag("server")
class CertificateSwapTest {
    private static final int SWAPS = 100;
    /** As many of each kind; each swap takes the next one. */
    private static final int PAIRS = 4;
    /** So many sessions begin at each swap; the next swap waits for them. */
    private static final int SESSIONS_EACH = 6;
    /** At each of these, only one of the two files is new for a while. */
    private static final int APART = 10;

    private static final TestCertificates AUTHORITY = new TestCertificates();
    private static final List<CertifiedKey> GIVEN = pairs();

    @TempDir
    Path folder;

    private final Set<X509Certificate> seen = ConcurrentHashMap.newKeySet();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final Semaphore toBegin = new Semaphore(0);
    private final AtomicInteger sessions = new AtomicInteger();
    private volatile boolean isEnding;

    private static List<CertifiedKey> pairs() {
        List<CertifiedKey> pairs = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            pairs.add(AUTHORITY.issue(Kind.EC, "mx.test"));
            pairs.add(AUTHORITY.issue(Kind.RSA, "mx.test"));
        }
        return pairs;
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "jdk"})
    void noSessionIsRefusedOrBroken(String engine) throws Exception {
        replace("mx.crt", GIVEN.get(0).certificate());
        replace("mx.key", GIVEN.get(0).key());
        try (TestServer server = new TestServer(folder)
                .set("submissions.listen", "127.0.0.1:0")
                .set("tls.certificate", "mx.crt")
                .set("tls.key", "mx.key")
                .set("tls.engine", engine)
                .start()) {
            List<Thread> clients = List.of(
                    client(server.smtp(), false, TestTls.client()),
                    client(server.smtp(), false, TestTls.client(TlsVersion.TLS_1_2)),
                    client(server.smtp(ListenerKind.SUBMISSIONS), true, TestTls.client()));
            try (SmtpTestClient kept = new SmtpTestClient(server.smtp())) {
                kept.say("EHLO client.test");
                kept.startTls(TestTls.client());
                for (int i = 1; i <= SWAPS; i++) {
                    toBegin.release(SESSIONS_EACH);
                    CertifiedKey next = GIVEN.get(i % GIVEN.size());
                    if (i % APART == 0) {
                        swapApart(server, GIVEN.get((i - 1) % GIVEN.size()), next);
                    } else {
                        swap(server, next);
                    }
                    assertEquals(next.certificate(), served(server));
                    int begun = i * SESSIONS_EACH;
                    Await.until("sessions", () -> sessions.get() == begun || !failures.isEmpty());
                    assertEquals(List.of(), failures, "swap " + i);
                }
                kept.say("EHLO client.test");
                String reply = kept.send("<a@client.test>", List.of("<alice@local.test>"), SmtpTestClient.HELLO);
                assertTrue(reply.startsWith("250 "), reply);
            } finally {
                isEnding = true;
                toBegin.release(clients.size());
                for (Thread client : clients) {
                    client.join();
                }
            }
        }
        assertEquals(List.of(), failures);
        Set<X509Certificate> given = new HashSet<>();
        GIVEN.forEach(pair -> given.add(pair.certificate()));
        assertTrue(given.containsAll(seen), "certificates of others: " + seen);
    }

    private void swap(TestServer server, CertifiedKey next) throws IOException {
        replace("mx.crt", next.certificate());
        replace("mx.key", next.key());
        look(server);
    }

    /** The files do not belong together for a while, and a client has its reply to STARTTLS before and goes on after. */
    private void swapApart(TestServer server, CertifiedKey former, CertifiedKey next) throws IOException {
        try (SmtpTestClient begun = new SmtpTestClient(server.smtp())) {
            begun.say("EHLO client.test");
            assertTrue(begun.say("STARTTLS").startsWith("220 "));
            replace("mx.crt", next.certificate());
            look(server);
            assertEquals(former.certificate(), served(server));
            replace("mx.key", next.key());
            look(server);
            begun.secure(TestTls.client());
            assertEquals(former.certificate(), certificate(begun));
            assertTrue(begun.say("EHLO client.test").startsWith("250 "));
        }
    }

    /** A change is read at the second look that finds it. */
    private static void look(TestServer server) {
        server.node().lookAtFiles();
        server.node().lookAtFiles();
    }

    private void replace(String name, Object part) throws IOException {
        Path made = TestCertificates.write(folder.resolve(name + ".new"), part);
        Files.move(made, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static X509Certificate served(TestServer server) throws IOException {
        try (SmtpTestClient client = new SmtpTestClient(server.smtp())) {
            client.say("EHLO client.test");
            assertTrue(client.startTls(TestTls.client()).startsWith("220 "));
            return certificate(client);
        }
    }

    private static X509Certificate certificate(SmtpTestClient client) throws SSLPeerUnverifiedException {
        SSLSocket socket = (SSLSocket) client.socket();
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }

    /** Begins one session after the other, until one fails. */
    private Thread client(InetSocketAddress address, boolean isImplicit, SSLContext context) {
        Thread thread = new Thread(() -> {
            try {
                while (failures.isEmpty()) {
                    toBegin.acquireUninterruptibly();
                    if (isEnding) {
                        return;
                    }
                    session(address, isImplicit, context);
                    sessions.incrementAndGet();
                }
            } catch (IOException | AssertionError e) {
                failures.add(e);
            }
        });
        thread.start();
        return thread;
    }

    private void session(InetSocketAddress address, boolean isImplicit, SSLContext context) throws IOException {
        try (SmtpTestClient client =
                isImplicit ? SmtpTestClient.overTls(address, context) : new SmtpTestClient(address)) {
            if (!isImplicit) {
                client.say("EHLO client.test");
                assertTrue(client.startTls(context).startsWith("220 "));
            }
            seen.add(certificate(client));
            assertTrue(client.say("EHLO client.test").startsWith("250 "));
            assertTrue(client.say("QUIT").startsWith("221 "));
        }
    }
}
