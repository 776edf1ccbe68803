package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.testkit.TestServer;
import dev.caravan.tls.CertifiedKey;
import dev.caravan.tls.TestTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** A whole server with certificates of its own: SMTP with STARTTLS and with TLS from the start, HTTP, and new files. */
@RunningServer
class TlsTest {
    private static final TestCertificates AUTHORITY = new TestCertificates();
    private static TestServer node;

    @BeforeStart
    static void hasACertificate() throws IOException {
        write(node.folder(), AUTHORITY.issue(Kind.EC, "mx.test"));
        node.set("tls.certificate", "mx.pem")
                .set("submissions.listen", "127.0.0.1:0")
                .set("http.listen", "127.0.0.1:0")
                .set("http.tls", "true");
    }

    private static void write(Path folder, CertifiedKey pair) throws IOException {
        TestCertificates.write(folder.resolve("mx.pem"), pair.key(), pair.certificate());
    }

    @Test
    void theMessageTellsHowItCame() throws Exception {
        try (SmtpTestClient client = new SmtpTestClient(node.smtp())) {
            client.say("EHLO client.test");
            assertTrue(client.startTls(TestTls.client()).startsWith("220 "));
            client.say("EHLO client.test");
            String reply = client.send("<a@client.test>", List.of("<alice@local.test>"), SmtpTestClient.HELLO);
            assertTrue(reply.startsWith("250 "), reply);
        }
        String message = node.mailbox("alice", 1).get(0).replaceAll("\r?\n\t", " ");
        assertTrue(message.contains(" with ESMTPS (TLSv1.3) id "), message);
        assertTrue(message.contains(" tls TLS_AES_256_GCM_SHA384; "), message);
    }

    @Test
    void beginsWithTlsWhereMailProgramsSubmit() throws Exception {
        InetSocketAddress submissions = node.smtp(ListenerKind.SUBMISSIONS);
        try (SmtpTestClient client = SmtpTestClient.overTls(submissions, TestTls.client())) {
            assertEquals("220 mx.test ESMTP Caravan", client.greeting());
            assertTrue(client.say("EHLO client.test").startsWith("250 "));
        }
    }

    @Test
    void servesHttpsAndNewCertificatesEverywhere() throws Exception {
        assertEquals(200, https().getResponseCode());
        CertifiedKey other = AUTHORITY.issue(Kind.RSA, "mx.test");
        write(node.folder(), other);
        Await.until("the new certificate is served", () -> served().equals(other.certificate()));
        HttpsURLConnection connection = https();
        assertTrue(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .contains("caravan_tls_certificate_self_signed 0"));
        assertEquals(other.certificate(), connection.getServerCertificates()[0]);
    }

    private static X509Certificate served() {
        try (SmtpTestClient client = new SmtpTestClient(node.smtp())) {
            client.say("EHLO client.test");
            client.startTls(TestTls.client());
            SSLSocket socket = (SSLSocket) client.socket();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpsURLConnection https() throws IOException {
        URI metrics = URI.create("https://" + node.node().http().orElseThrow() + "/metrics");
        HttpsURLConnection connection = (HttpsURLConnection) metrics.toURL().openConnection();
        connection.setSSLSocketFactory(TestTls.client().getSocketFactory());
        connection.setHostnameVerifier((host, session) -> true);
        // A connection that is kept would show the former certificate.
        connection.setRequestProperty("Connection", "close");
        return connection;
    }
}
