package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.ongres.scram.common.ScramFunctions;
import com.ongres.scram.common.ScramMechanism;
import com.ongres.scram.common.StringPreparation;
import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.testkit.TestServer;
import dev.caravan.tls.TestTls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins that are protected by TLS, or by which TLS is not. */
@Tag("server")
class LoginOverTlsTest {
    @TempDir
    Path folder;

    @BeforeEach
    void addsAlice() {
        OperatorCli.Did did =
                new OperatorCli(folder).typesWith("correct horse\n", "user", "add", "alice", "--password-stdin");
        assertEquals(0, did.code(), did.toString());
    }

    private TestServer server(String engine) {
        return new TestServer(folder)
                .set("submission.listen", "127.0.0.1:0")
                .set("submissions.listen", "127.0.0.1:0")
                .set("tls.engine", engine);
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }

    private static String plain(SmtpTestClient client) throws Exception {
        return client.say("AUTH PLAIN " + base64("\0alice\0correct horse"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "jdk"})
    void aPasswordIsTakenUnderTlsOnly(String engine) throws Exception {
        try (TestServer server = server(engine).start();
                SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION))) {
            assertFalse(client.say("EHLO c.test").contains("AUTH"));
            assertTrue(plain(client).startsWith("538 5.7.11 "));
            assertTrue(client.startTls(TestTls.client()).startsWith("220 "));
            assertTrue(plain(client).startsWith("503 5.5.1 "), "no EHLO since the handshake");
            client.say("EHLO c.test");
            assertTrue(plain(client).startsWith("235 2.7.0 "));
            assertTrue(client.say("MAIL FROM:<alice@local.test>").startsWith("250 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "jdk"})
    void aLoginInTheClearIsForgottenByStartTls(String engine) throws Exception {
        try (TestServer server = server(engine).set("auth.require-tls", "false").start();
                SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION))) {
            client.say("EHLO c.test");
            assertTrue(plain(client).startsWith("235 2.7.0 "));
            client.startTls(TestTls.client());
            client.say("EHLO c.test");
            assertTrue(client.say("MAIL FROM:<alice@local.test>").startsWith("530 5.7.0 "));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "jdk"})
    void aCertificateIsEnough(String engine) throws Exception {
        TestCertificates authority = new TestCertificates();
        Path ca = TestCertificates.write(folder.resolve("ca.pem"), authority.authority());
        try (TestServer server = server(engine)
                        .set("tls.client-certificates", "optional")
                        .set("tls.client-ca", ca.toString())
                        .start();
                SmtpTestClient alice = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION));
                SmtpTestClient other = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION));
                SmtpTestClient stranger = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION))) {
            external(alice, authority, "alice@local.test");
            assertTrue(alice.say("AUTH EXTERNAL =").startsWith("235 2.7.0 "));
            assertTrue(alice.say("MAIL FROM:<alice@local.test>").startsWith("250 "));

            external(other, authority, "bob@local.test");
            assertTrue(other.say("AUTH EXTERNAL " + base64("alice")).startsWith("535 5.7.8 "));

            external(stranger, new TestCertificates(), "alice@local.test");
            assertTrue(stranger.say("AUTH EXTERNAL =").startsWith("504 5.5.4 "));
        }
    }

    private static void external(SmtpTestClient client, TestCertificates authority, String name) throws Exception {
        client.say("EHLO c.test");
        client.startTls(TestTls.client(authority.issue(Kind.EC, name)));
        client.say("EHLO c.test");
    }

    /** RFC 9266: only Java 25 lets both ends compute the binding. */
    @Test
    void scramBindsToTheConnection() throws Exception {
        assumeTrue(Runtime.version().feature() >= 25, "this Java has no exporter");
        try (TestServer server = server("jdk").start()) {
            for (boolean isRight : new boolean[] {true, false}) {
                try (SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION))) {
                    client.say("EHLO c.test");
                    client.startTls(TestTls.client());
                    String offered = client.say("EHLO c.test");
                    assertTrue(offered.contains(" AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 "), offered);
                    ExtendedSSLSession session = (ExtendedSSLSession) ((SSLSocket) client.socket()).getSession();
                    byte[] binding = (byte[]) ExtendedSSLSession.class
                            .getMethod("exportKeyingMaterialData", String.class, byte[].class, int.class)
                            .invoke(session, "EXPORTER-Channel-Binding", new byte[0], 32);
                    binding[0] ^= (byte) (isRight ? 0 : 1);
                    String reply = scram(client, binding);
                    assertTrue(reply.startsWith(isRight ? "235 2.7.0 " : "501 5.5.2 "), reply);
                }
            }
        }
    }

    private static String scram(SmtpTestClient client, byte[] data) throws Exception {
        String header = "p=tls-exporter,,";
        String bare = "n=alice,r=client";
        String challenge = client.say("AUTH SCRAM-SHA-256-PLUS " + base64(header + bare));
        String first = new String(Base64.getDecoder().decode(challenge.substring(4)), StandardCharsets.UTF_8);
        String[] parts = first.split(",");
        byte[] binding = Arrays.copyOf(header.getBytes(StandardCharsets.UTF_8), header.length() + data.length);
        System.arraycopy(data, 0, binding, header.length(), data.length);
        String last = "c=" + base64(binding) + "," + parts[0];
        ScramMechanism scram = ScramMechanism.SCRAM_SHA_256;
        byte[] salted = ScramFunctions.saltedPassword(
                scram,
                StringPreparation.NO_PREPARATION,
                "correct horse".toCharArray(),
                Base64.getDecoder().decode(parts[1].substring(2)),
                Integer.parseInt(parts[2].substring(2)));
        byte[] key = ScramFunctions.clientKey(scram, salted);
        byte[] proof = ScramFunctions.clientProof(
                key,
                ScramFunctions.clientSignature(
                        scram, ScramFunctions.storedKey(scram, key), bare + "," + first + "," + last));
        String reply = client.say(base64(last + ",p=" + base64(proof)));
        return reply.startsWith("334 ") ? client.say("") : reply;
    }
}
