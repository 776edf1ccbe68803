package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.routetest.FakeMailHost;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nothing that the network says becomes a header of Camel, whatever its name: it passes through as it came. */
@RunningServer(peerOffers = {"PIPELINING", "DSN"})
class HeaderInjectionTest {
    private static final String FIELDS = """
            Subject: x\r
            CamelJmsDestinationName: mail.hold\r
            CAmelExecCommandExecutable: touch\r
            CAmelExecCommandArgs: /tmp/injected\r
            CamelFileName: ../../injected\r
            camelbeanmethodname: close\r
            mail.smtp.host: evil.test\r
            mail.smtp.from: evil@evil.test\r
            JMSReplyTo: mail.hold\r
            stage: connection\r
            disposition: DISCARD\r
            recipient: <evil@evil.test>\r
            """;
    private static final String CONTENT = FIELDS + "\r\nCamelFileName: body\r\n${body} {{mail.hostname}}\r\n";

    private static FakeMailServer peer;
    private static TestServer node;

    @BeforeEach
    void refuseOne() {
        peer.reply("RCPT TO:<gone", "550 5.1.1 CamelFileName: ${body} gone");
    }

    @Test
    void passesContentOnAsItCame() throws Exception {
        node.send("<alice@local.test>", List.of("<bob@local.test>"), CONTENT);
        String mail = node.mailbox("bob", 1).get(0);
        assertTrue(mail.endsWith(CONTENT.replace("\r\n", "\n")), mail);
        node.send("<alice@local.test>", List.of("<plain@far.test>"), CONTENT);
        Await.until("taken", () -> peer.takenFor("plain@far.test").size() == 1);
        String content = peer.takenFor("plain@far.test").get(0).content();
        assertTrue(content.startsWith("Received: "), content);
        assertTrue(content.endsWith(CONTENT), content);
        assertNothingElse();
    }

    @Test
    void passesParametersOnAsTheyCame() throws Exception {
        node.send(
                "<alice@local.test> ENVID=CamelFileName:+20${body}",
                List.of("<mark@far.test> NOTIFY=SUCCESS ORCPT=rfc822;CamelExecCommandArgs:+20{{x}}@y"),
                CONTENT);
        Await.until("taken", () -> peer.takenFor("mark@far.test").size() == 1);
        FakeMailHost.Taken taken = peer.takenFor("mark@far.test").get(0);
        assertTrue(taken.mail().contains("ENVID=CamelFileName:+20${body}"), taken.mail());
        assertTrue(taken.recipients().get(0).contains("ORCPT=rfc822;CamelExecCommandArgs:+20{{x}}@y"));
        assertNothingElse();
    }

    @Test
    void passesAddressesThatLookLikeExpressions() throws Exception {
        node.send("<\"${bodyAs(String)}\"@far.test>", List.of("<{{mail.hostname}}@far.test>"), CONTENT);
        Await.until("taken", () -> peer.takenFor("{{mail.hostname}}@far.test").size() == 1);
        assertTrue(
                peer.takenFor("{{mail.hostname}}@far.test").get(0).mail().contains("<\"${bodyAs(String)}\"@far.test>"));
        assertNothingElse();
    }

    @Test
    void returnsRepliesAndContentAsTheyCame() throws Exception {
        int before = node.mailbox("carol").size();
        node.send("<carol@local.test> ENVID=CamelFileName", List.of("<gone@far.test>"), CONTENT);
        Await.until("returned", () -> node.mailbox("carol").size() == before + 1);
        ReadDsn dsn = ReadDsn.of(node.mailbox("carol").get(before));
        assertEquals("smtp; 550 5.1.1 CamelFileName: ${body} gone (in reply to RCPT TO)", dsn.field("Diagnostic-Code"));
        assertEquals("CamelFileName", dsn.mailField("Original-Envelope-Id"));
        assertEquals(CONTENT.replace("\r\n", "\n"), dsn.returned().replace("\r\n", "\n"));
        assertNothingElse();
    }

    @Test
    void ignoresPropertiesThatOtherProgramsSet() throws Exception {
        node.node().camel().getRouteController().stopRoute("deliver-smtp");
        node.send("<alice@local.test>", List.of("<props@far.test>"), CONTENT);
        try (JmsProbe talk = new JmsProbe()) {
            byte[] item = talk.take("mail.deliver.smtp");
            talk.putOctets(
                    "mail.deliver.smtp",
                    item,
                    Map.of(
                            "CamelJmsDestinationName",
                            "mail.hold",
                            "CamelFileName",
                            "../../injected",
                            "CAmelBeanMethodName",
                            "close",
                            "CamelSplitIndex",
                            7,
                            "queueItem",
                            "x",
                            "mailTransaction",
                            "x"));
        }
        node.node().camel().getRouteController().startRoute("deliver-smtp");
        Await.until("taken", () -> peer.takenFor("props@far.test").size() == 1);
        assertTrue(peer.takenFor("props@far.test").get(0).content().endsWith(CONTENT));
        assertNothingElse();
    }

    private static void assertNothingElse() throws Exception {
        node.awaitQuiet();
        assertEquals(0, node.depth("mail.hold") + node.depth("mail.dead.invalid") + node.depth("mail.retry.15m"));
        assertFalse(Files.exists(Path.of("/tmp/injected")));
        assertTrue(peer.taken().stream().allMatch(taken -> taken.content().endsWith(CONTENT)));
    }
}
