package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.routetest.FakeMailHost;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Addresses in UTF-8 on their way to a server that takes them. */
@RunningServer(
        aliases = "wang: 用户@far.test\n",
        peerOffers = {"PIPELINING", "8BITMIME", "SMTPUTF8"})
class Utf8PeerTest {
    private static FakeMailServer peer;
    private static TestServer node;

    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String text(String octets) {
        return new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static FakeMailHost.Taken sent(String from, String to, String content) throws Exception {
        String reply = SmtpTestClient.sendOne(node.smtp(), octets(from), octets(to), octets(content));
        assertTrue(reply.startsWith("250 "), reply);
        Await.until("taken", () -> peer.taken().size() == 1);
        return peer.taken().get(0);
    }

    @Test
    void arePassedOnAsTheyAre() throws Exception {
        String mail = "Subject: grüße\r\n\r\nx\r\n";
        FakeMailHost.Taken taken = sent("<jürgen@bücher.test> SMTPUTF8", "<用户@far.test>", mail);
        assertEquals("MAIL FROM:<jürgen@bücher.test> SMTPUTF8", text(taken.mail()));
        assertEquals(List.of(octets("RCPT TO:<用户@far.test>")), taken.recipients());
        String content = text(taken.content());
        assertTrue(content.replaceAll("\\s+", " ").contains("for <用户@far.test>;"), content);
        assertTrue(content.endsWith(mail), content);
    }

    @Test
    void asksForTheExtensionIfAnAliasStandsForSuchAnAddress() throws Exception {
        FakeMailHost.Taken taken = sent("<alice@local.test>", "<wang@local.test>", "Subject: x\r\n\r\n");
        assertEquals("MAIL FROM:<alice@local.test> SMTPUTF8", taken.mail());
        assertEquals(List.of(octets("RCPT TO:<用户@far.test>")), taken.recipients());
    }
}
