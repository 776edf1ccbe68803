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
        try (TestServer server = server().start()) {
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

    private static String greeting(TestServer server, ListenerKind kind) throws Exception {
        try (SmtpTestClient client = new SmtpTestClient(server.smtp(kind))) {
            return client.greeting();
        }
    }
}
