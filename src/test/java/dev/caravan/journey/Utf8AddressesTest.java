package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Addresses in UTF-8 as users, aliases, senders and recipients, to servers that take them and to others. */
@RunningServer(
        settings = {"mail.local-domains=local.test,bücher.test"},
        users = "alice\njürgen\n",
        aliases = "büro: jürgen\nwang: 用户@far.test\n",
        peerOffers = {"PIPELINING", "8BITMIME", "DSN"})
class Utf8AddressesTest {
    private static final String FOLDER = "j%C3%BCrgen";
    private static final String TEXT = "Subject: x\r\n\r\nhello\r\n";

    private static FakeMailServer peer;
    private static TestServer node;

    /** Sends text of which each character is one, and reads the reply likewise. */
    private static String send(String from, String to, String content) throws Exception {
        return SmtpTestClient.sendOne(node.smtp(), octets(from), octets(to), octets(content));
    }

    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String mailbox(String user) {
        return text(node.mailbox(user, 1).get(0));
    }

    private static String text(String octets) {
        return new String(octets.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Test
    void reachesAUserHoweverTheAddressIsWritten() throws Exception {
        for (String address : List.of(
                "<jürgen@local.test>",
                "<JÜRGEN@local.test>",
                "<ju\u0308rgen@local.test>",
                "<jürgen+tag@bücher.test>",
                "<jürgen@xn--bcher-kva.test>",
                "<büro@local.test>")) {
            String reply = send("<a@far.test> SMTPUTF8", address, TEXT);
            assertTrue(reply.startsWith("250 "), address + ": " + reply);
        }
        List<String> got = node.mailbox(FOLDER, 6);
        assertTrue(got.stream().allMatch(mail -> mail.contains(" with UTF8SMTP\n")), got.get(0));
        assertTrue(got.stream().anyMatch(mail -> text(mail).contains("Delivered-To: jürgen@local.test\n")));
    }

    @Test
    void refusesWhatDoesNotExistWithAReplyInAscii() throws Exception {
        String reply = send("<a@far.test> SMTPUTF8", "<jörgen@local.test>", TEXT);
        assertTrue(reply.startsWith("550 5.1.1 <j?rgen@local.test> does not exist here"), reply);
        assertTrue(send("<a@far.test>", "<jürgen@local.test>", TEXT).startsWith("553 5.6.7 "));
    }

    @Test
    void returnsToASenderInUtf8WhatTheNextHopCannotTake() throws Exception {
        assertTrue(send("<jürgen@local.test> SMTPUTF8", "<用户@far.test>", "Subject: grüße\r\n\r\nx\r\n")
                .startsWith("250 "));
        String report = mailbox(FOLDER);
        assertTrue(report.contains("\nTo: <jürgen@local.test>\n"), report);
        assertTrue(report.contains("report-type=global-delivery-status;"), report);
        assertTrue(report.contains("\nContent-Type: message/global-delivery-status\n"), report);
        assertTrue(report.contains("\nFinal-Recipient: utf-8; 用户@far.test\n"), report);
        assertTrue(report.contains("\nStatus: 5.6.9\n"), report);
        assertTrue(report.contains("\nContent-Type: message/global\n"), report);
        assertTrue(report.contains("\nSubject: grüße\n"), report);
        assertTrue(peer.taken().isEmpty());
    }

    @Test
    void returnsToASenderInAsciiWhatAnAliasMadeUnfit() throws Exception {
        assertTrue(send("<alice@local.test>", "<wang@local.test>", TEXT).startsWith("250 "));
        String report = mailbox("alice");
        String header = report.substring(0, report.indexOf("\n\n"));
        assertTrue(header.chars().allMatch(c -> c < 128), header);
        assertTrue(header.contains("\nTo: <alice@local.test>\n"), report);
        assertTrue(report.contains("\nFinal-Recipient: utf-8; 用户@far.test\n"), report);
        assertTrue(report.contains("\nStatus: 5.6.7\n"), report);
        assertTrue(report.contains("\nContent-Type: message/rfc822\n"), report);
    }

    @Test
    void dropsTheParameterWhereItIsNotNeeded() throws Exception {
        assertTrue(send("<alice@local.test> SMTPUTF8", "<b@bäcker.test>", TEXT).startsWith("250 "));
        Await.until("taken", () -> peer.taken().size() == 1);
        var taken = peer.taken().get(0);
        assertEquals("MAIL FROM:<alice@local.test>", taken.mail());
        assertEquals(List.of("RCPT TO:<b@xn--bcker-gra.test>"), taken.recipients());
        assertTrue(taken.content().chars().allMatch(c -> c < 128), taken.content());
        assertFalse(taken.content().contains("ä"));
    }
}
