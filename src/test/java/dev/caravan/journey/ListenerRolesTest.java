package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client meets depends on the listener that it connects to. */
@Tag("server")
class ListenerRolesTest {
    private static final String ANYWHERE = "127.0.0.1:0";
    private static final String CONNECTS =
            "            message: \"${header.remoteAddress} connects\"\n            loggingLevel: DEBUG\n";

    @TempDir
    Path folder;

    private TestServer server() {
        return new TestServer(folder).set("submission.listen", ANYWHERE).set("devices.listen", ANYWHERE);
    }

    @Test
    void rulesKnowTheRole() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        routes.edit("policy", CONNECTS, CONNECTS + """
                        - bean:
                            ref: rule
                            method: "refuse('5.7.1', 'role ${header.role}, user ${header.user}.')"
                """);
        try (TestServer server = server().set("devices.networks", "127.0.0.1").start()) {
            assertEquals("554 5.7.1 role mx, user .", greeting(server, ListenerKind.SMTP));
            assertEquals("554 5.7.1 role submission, user .", greeting(server, ListenerKind.SUBMISSION));
            assertEquals("554 5.7.1 role devices, user .", greeting(server, ListenerKind.DEVICES));
        }
    }

    @Test
    void listensOnlyWhereASettingSaysSo() throws Exception {
        try (TestServer server = server().start()) {
            String described = server.node().listeners().described();
            assertTrue(
                    described.matches("smtp=127.0.0.1:\\d+ submission=127.0.0.1:\\d+ devices=127.0.0.1:\\d+"),
                    described);
        }
    }

    @Test
    void usersMustAuthenticate() throws Exception {
        try (TestServer server = server().start();
                SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.SUBMISSION))) {
            client.say("EHLO client.test");
            assertEquals("530 5.7.0 authentication required", client.say("MAIL FROM:<alice@local.test>"));
        }
    }

    @Test
    void ownNetworksNeedNoPasswordWhereTheOperatorSaysSo() throws Exception {
        try (TestServer server =
                server().set("submission.require-auth", "false").start()) {
            assertEquals("250", send(server, ListenerKind.SUBMISSION, "<alice@local.test>", "<alice@local.test>"));
        }
        try (TestServer server = server().set("submission.require-auth", "false")
                .set("mail.relay-networks", "192.0.2.1")
                .start()) {
            assertEquals("530", send(server, ListenerKind.SUBMISSION, "<alice@local.test>", "<alice@local.test>"));
        }
    }

    @Test
    void devicesAreKnownByTheirNetworksAndSenders() throws Exception {
        try (TestServer server =
                server().set("mail.relay-networks", "192.0.2.1").start()) {
            String greeting = greeting(server, ListenerKind.DEVICES);
            assertTrue(greeting.startsWith("554 5.7.1 127.0.0.1 is no device here"), greeting);
        }
        TestServer open = server().set("mail.relay-networks", "192.0.2.1")
                .set("devices.networks", "127.0.0.0/8")
                .set("delivery.smarthost", "127.0.0.9:1")
                .set("delivery.paused", "true")
                .set("devices.senders", "scanner@local.test");
        try (TestServer server = open.start()) {
            assertEquals("550", send(server, ListenerKind.DEVICES, "<other@local.test>", "<alice@local.test>"));
            assertEquals("550", send(server, ListenerKind.SMTP, "<scanner@local.test>", "<x@far.test>"));
            assertEquals("250", send(server, ListenerKind.DEVICES, "<scanner@local.test>", "<x@far.test>"));
        }
    }

    @Test
    void aProxyThatNamesNoDeviceIsNone() throws Exception {
        TestServer behind = server().set("smtp.xclient-networks", "127.0.0.1").set("devices.networks", "192.0.2.64/28");
        try (TestServer server = behind.start();
                SmtpTestClient client = new SmtpTestClient(server.smtp(ListenerKind.DEVICES))) {
            client.say("EHLO proxy.test");
            String refused = client.say("MAIL FROM:<scanner@local.test>");
            assertTrue(refused.startsWith("554 5.7.1 127.0.0.1 is no device here"), refused);
            assertTrue(client.say("XCLIENT ADDR=192.0.2.65").startsWith("220 "));
            client.say("EHLO printer.test");
            assertTrue(client.say("MAIL FROM:<scanner@local.test>").startsWith("250 "));
        }
    }

    @Test
    void onlyTheMailOfUsersAndDevicesIsCompleted() throws Exception {
        String bare = "To: x\r\nBcc: secret@far.test\r\n\r\nhello\r\n";
        try (TestServer server = server().set("devices.networks", "127.0.0.1").start()) {
            SmtpTestClient.sendOne(server.smtp(ListenerKind.DEVICES), "<scan@local.test>", "<alice@local.test>", bare);
            String completed = server.mailbox("alice", 1).get(0);
            assertTrue(completed.contains("From: scan@local.test\nMessage-ID: <"), completed);
            assertTrue(completed.contains("\nDate: "), completed);
            assertTrue(completed.contains("\nTo: x@"), completed);
            assertFalse(completed.contains("secret"), completed);
        }
    }

    @Test
    void mailOfOtherServersIsNotCompleted() throws Exception {
        String bare = "To: x\r\nBcc: secret@far.test\r\n\r\nhello\r\n";
        try (TestServer server = server().start()) {
            SmtpTestClient.sendOne(server.smtp(ListenerKind.SMTP), "<scan@local.test>", "<alice@local.test>", bare);
            String relayed = server.mailbox("alice", 1).get(0);
            assertTrue(relayed.endsWith("\n" + bare.replace("\r", "")), relayed);
        }
    }

    @Test
    void aProxyNamesTheClient() throws Exception {
        try (TestServer server = server().set("smtp.proxy-networks", "127.0.0.1")
                .set("mail.relay-networks", "127.0.0.1")
                .start()) {
            try (Proxied first = new Proxied(server.smtp(), "PROXY TCP4 192.0.2.7 192.0.2.1 40000 25\r\n");
                    Proxied own = new Proxied(server.smtp(), "PROXY UNKNOWN\r\n")) {
                assertTrue(first.say("NOOP\r\nEHLO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<x@far.test>\r\nQUIT\r\n")
                        .contains("192.0.2.7 may not relay"));
                assertTrue(own.say("QUIT\r\n").startsWith("220 "));
            }
        }
    }

    @Test
    void othersMayNotClaimAnAddress() throws Exception {
        try (TestServer server = server().start();
                Proxied client = new Proxied(server.smtp(), "PROXY TCP4 192.0.2.7 192.0.2.1 40000 25\r\n")) {
            assertTrue(client.say("").contains("\r\n421 4.7.0 "));
        }
    }

    /** A connection that begins with a PROXY header. */
    private static final class Proxied implements AutoCloseable {
        private final Socket socket;

        Proxied(InetSocketAddress server, String header) throws IOException {
            socket = new Socket(server.getAddress(), server.getPort());
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(header.getBytes(StandardCharsets.US_ASCII));
        }

        /** Sends commands that end the session, and returns all replies. */
        String say(String commands) throws IOException {
            socket.getOutputStream().write(commands.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static String send(TestServer server, ListenerKind kind, String from, String to) throws Exception {
        return SmtpTestClient.sendOne(server.smtp(kind), from, to, "Subject: x\r\n\r\nhello\r\n")
                .substring(0, 3);
    }

    private static String greeting(TestServer server, ListenerKind kind) throws Exception {
        try (SmtpTestClient client = new SmtpTestClient(server.smtp(kind))) {
            return client.greeting();
        }
    }
}
