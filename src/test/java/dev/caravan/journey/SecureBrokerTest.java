package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrokerLogin;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.LoggedLines;
import dev.caravan.testkit.Program;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestCertificates;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.testkit.TestServer;
import dev.caravan.tls.CertifiedKey;
import dev.caravan.tls.SocketTls;
import dev.caravan.tls.Trust;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.network.NetworkConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A broker that other machines may reach: TLS, a login, and no port without them. */
@Tag("server")
class SecureBrokerTest {
    private static final TestCertificates AUTHORITY = new TestCertificates();
    private static final String MAIL = "Subject: %s\r\n\r\nhello\r\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"ssl, failover:(%s)?timeout=5000&maxReconnectDelay=200", "nio+ssl, %s"})
    void mailGoesThroughASeparateBrokerOverTls(String scheme, String url) throws Exception {
        try (Program broker = broker(scheme, "127.0.0.1");
                TestServer node =
                        node("node", url.formatted(ssl(broker)), "right").start()) {
            node.send("<a@far.test>", "<alice@local.test>");
            assertEquals(1, node.mailbox("alice", 1).size());
        }
    }

    @Test
    void aServerConnectsAgainOverTlsWhenTheBrokerIsBack() throws Exception {
        List<Program> brokers = new ArrayList<>();
        brokers.add(broker("ssl", "127.0.0.1"));
        String address = ssl(brokers.get(0));
        try (TestServer node = node("node", "failover:(" + address + ")?timeout=30000&maxReconnectDelay=200", "right")
                .set("broker.store-timeout", "60s")
                .start()) {
            node.send("<a@far.test>", "<alice@local.test>");
            assertEquals(1, node.mailbox("alice", 1).size());
            brokers.get(0).stop();
            brokers.add(broker("ssl", "127.0.0.1", address.substring(address.lastIndexOf(':') + 1)));
            brokers.get(1).address();
            node.send("<a@far.test>", "<alice@local.test>");
            assertEquals(2, node.mailbox("alice", 2).size());
        } finally {
            for (Program broker : brokers) {
                broker.close();
            }
        }
    }

    @Test
    void aServerWithAWrongPasswordTakesNoMail() throws Exception {
        try (Program broker = broker("ssl", "127.0.0.1")) {
            String url = "failover:(" + ssl(broker) + ")?timeout=1000&maxReconnectDelay=200";
            try (TestServer node =
                    node("node", url, "wrong").set("broker.store-timeout", "2s").start()) {
                String reply = send(node, "early");
                assertTrue(reply.startsWith("451 "), reply);
            }
            try (TestServer node = node("node", url, "right").start()) {
                String reply = send(node, "late");
                assertTrue(reply.startsWith("250 "), reply);
                List<String> arrived = node.mailbox("alice", 1);
                assertEquals(1, arrived.size());
                assertTrue(arrived.get(0).contains("Subject: late"), arrived.get(0));
            }
        }
    }

    @Test
    void clientsWithoutTheLoginOrTheTrustAreRefused() throws Exception {
        try (Program broker = broker("ssl", "127.0.0.1")) {
            String address = ssl(broker);
            assertThrows(JMSSecurityException.class, () -> connect(address, Optional.empty(), AUTHORITY.authority()));
            assertThrows(JMSSecurityException.class, () -> connect(address, login("guess"), AUTHORITY.authority()));
            assertThrows(
                    JMSException.class, () -> connect(address, login("right"), new TestCertificates().authority()));
            connect(address, login("right"), AUTHORITY.authority());
        }
    }

    @Test
    void aCertificateOfAnotherNameIsRefused() throws Exception {
        try (Program broker = broker("ssl", "other.example")) {
            assertThrows(JMSException.class, () -> connect(ssl(broker), login("right"), AUTHORITY.authority()));
        }
    }

    @Test
    void theEmbeddedBrokerHasTheSamePort() throws Exception {
        try (TestServer busy = new TestServer(folder.resolve("busy"))) {
            secure().forEach(busy::set);
            busy.set("broker.listen", "nio+ssl://127.0.0.1:0")
                    .set("delivery.paused", "true")
                    .start();
            busy.send("<a@far.test>", "<alice@local.test>");
            String address = busy.node().broker().orElseThrow().addresses().get(0);
            String url = "ssl://127.0.0.1" + address.substring(address.lastIndexOf(':'));
            assertThrows(JMSSecurityException.class, () -> connect(url, Optional.empty(), AUTHORITY.authority()));
            assertThrows(
                    JMSException.class,
                    () -> new BrokerConnections(BrokerConnections.embeddedUrl()).open(),
                    "also not from inside");
            try (TestServer node = node("node", url, "right").start()) {
                assertEquals(1, node.mailbox("alice", 1).size());
            }
        }
    }

    @Test
    void aBrokerThatJoinsWithoutTheLoginGetsNoMail() throws Exception {
        BrokerService other = new BrokerService();
        try (LoggedLines log = new LoggedLines();
                TestServer server = new TestServer(folder.resolve("server"))) {
            secure().forEach(server::set);
            server.set("broker.listen", "tcp://127.0.0.1:0")
                    .set("delivery.paused", "true")
                    .start();
            server.send("<a@far.test>", "<alice@local.test>");
            String address = server.node().broker().orElseThrow().addresses().get(0);
            other.setBrokerName("other");
            other.setPersistent(false);
            other.setUseJmx(false);
            NetworkConnector bridge = other.addNetworkConnector("static:(" + address + ")");
            bridge.setDuplex(true);
            bridge.setUserName("mail");
            bridge.setPassword("guess");
            other.start();
            try (Connection reader = new ActiveMQConnectionFactory("vm://other?create=false").createConnection();
                    Session session = reader.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
                reader.start();
                try (MessageConsumer mail = session.createConsumer(new ActiveMQQueue("mail.deliver.local"))) {
                    Await.until(
                            "the other broker is refused",
                            () -> log.all().stream()
                                    .anyMatch(line -> line.contains("NC_other") && line.contains("is invalid")));
                    assertNull(mail.receiveNoWait());
                }
                assertEquals(1, server.depth("mail.deliver.local"));
            }
        } finally {
            other.stop();
        }
    }

    @Test
    void anOpenPortIsRefusedAtTheStart() throws Exception {
        TestServer server = new TestServer(folder.resolve("open")).set("broker.listen", "tcp://0.0.0.0:0");
        InvalidSettingsException refused = assertThrows(InvalidSettingsException.class, server::start);
        assertTrue(String.valueOf(refused.getMessage()).contains("broker.allow-open"), refused.getMessage());

        try (Program broker =
                Program.caravan("broker", folder.resolve("separate"), Map.of("broker.listen", "ssl://0.0.0.0:0"))) {
            IOException ended = assertThrows(IOException.class, broker::address);
            assertTrue(ended.getMessage().contains("without a login"), ended.getMessage());
        }
    }

    @Test
    void socketsSpeakNewVersionsOnly() throws Exception {
        try (SSLSocket socket =
                (SSLSocket) SocketTls.client(Trust.system()).getSocketFactory().createSocket()) {
            assertArrayEquals(new String[] {"TLSv1.2", "TLSv1.3"}, socket.getEnabledProtocols());
        }
    }

    private static String send(TestServer node, String subject) throws Exception {
        return SmtpTestClient.sendOne(node.smtp(), "<a@far.test>", "<alice@local.test>", MAIL.formatted(subject));
    }

    private static Optional<BrokerLogin> login(String password) {
        return Optional.of(new BrokerLogin("mail", password));
    }

    private static void connect(String url, Optional<BrokerLogin> login, X509Certificate authority)
            throws JMSException {
        new BrokerConnections(url, login, Optional.of(SocketTls.client(Trust.in(List.of(authority)))))
                .open()
                .close();
    }

    private TestServer node(String name, String url, String password) throws IOException {
        return new TestServer(folder.resolve(name))
                .set("broker.url", url)
                .set("broker.user", "mail")
                .set("broker.password-file", password(password).toString())
                .set(
                        "broker.tls-authorities",
                        TestCertificates.write(folder.resolve("ca.pem"), AUTHORITY.authority())
                                .toString());
    }

    private Program broker(String scheme, String name) throws IOException {
        return broker(scheme, name, "0");
    }

    private Program broker(String scheme, String name, String port) throws IOException {
        CertifiedKey key = AUTHORITY.issue(Kind.EC, name);
        Path pem =
                TestCertificates.write(folder.resolve("broker.pem"), key.chain().get(0), key.key());
        Map<String, String> settings = secure();
        settings.put("broker.listen", scheme + "://127.0.0.1:" + port);
        settings.put("tls.certificate", pem.toString());
        return Program.caravan("broker", folder.resolve("broker"), settings);
    }

    private Map<String, String> secure() throws IOException {
        CertifiedKey key = AUTHORITY.issue(Kind.RSA, "127.0.0.1");
        Path pem = TestCertificates.write(folder.resolve("own.pem"), key.chain().get(0), key.key());
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("tls.certificate", pem.toString());
        settings.put("broker.user", "mail");
        settings.put("broker.password-file", password("right").toString());
        return settings;
    }

    private Path password(String text) throws IOException {
        Path file = Files.writeString(folder.resolve(text), text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** The address of its port; it waits until the broker serves. */
    private static String ssl(Program broker) throws IOException {
        String address = broker.address();
        return address.substring(0, address.indexOf("://")) + "://127.0.0.1"
                + address.substring(address.lastIndexOf(':'));
    }
}
