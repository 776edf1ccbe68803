package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
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
