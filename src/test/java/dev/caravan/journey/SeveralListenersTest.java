package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.FreePort;
import dev.caravan.net.SmtpListeners;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that listens at several addresses is one server at all of them. */
@Tag("server")
class SeveralListenersTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nhello\r\n";

    @TempDir
    Path folder;

    private TestServer server() {
        return new TestServer(folder).set("smtp.listen", "127.0.0.1:0, [::1]:0, 127.0.0.1:0");
    }

    private static List<InetSocketAddress> addresses(TestServer server) {
        SmtpListeners listeners = server.node().listeners();
        assertEquals(3, listeners.all().size());
        return listeners.socketAddresses();
    }

    @Test
    void takesMailAtEach() throws Exception {
        try (TestServer server = server().start()) {
            int sent = 0;
            for (InetSocketAddress address : addresses(server)) {
                String reply = SmtpTestClient.sendOne(address, "<x@far.test>", "<alice@local.test>", MESSAGE);
                assertTrue(reply.startsWith("250"), reply);
                server.mailbox("alice", ++sent);
            }
            assertTrue(server.node().listeners().toString().matches("127.0.0.1:\\d+,\\[::1]:\\d+,127.0.0.1:\\d+"));
        }
    }

    @Test
    void countsTheirSessionsTogether() throws Exception {
        try (TestServer server = server().set("smtp.max-connections", "2")
                        .set("http.listen", "127.0.0.1:0")
                        .start();
                SmtpTestClient first = new SmtpTestClient(addresses(server).get(0));
                SmtpTestClient second = new SmtpTestClient(addresses(server).get(1));
                SmtpTestClient third = new SmtpTestClient(addresses(server).get(2))) {
            assertTrue(first.greeting().startsWith("220"), first.greeting());
            assertTrue(second.greeting().startsWith("220"), second.greeting());
            assertTrue(third.greeting().startsWith("421 4.7.0"), third.greeting());
            assertEquals(2, server.node().sessions());
            assertTrue(
                    Scrape.of(server).has("caravan_smtp_sessions", 2),
                    Scrape.of(server).text());
            assertEquals(200, Scrape.get(server, "/health/ready").statusCode());
        }
    }

    @Test
    void readsNewRulesForAllOfThem() throws Exception {
        OwnRoutes routes = new OwnRoutes(folder);
        try (TestServer server = server().start()) {
            try (SmtpTestClient talk = new SmtpTestClient(addresses(server).get(1))) {
                talk.say("EHLO client.test");
                routes.addRecipientRule("${header.recipient} == 'bob@local.test'", "refuse('5.7.1', 'not today')");
                assertEquals(List.of(), server.node().reload());
                assertEquals(List.of(), server.node().reload());
                talk.say("MAIL FROM:<x@far.test>");
                assertEquals("550 5.7.1 not today", talk.say("RCPT TO:<bob@local.test>"));
            }
            for (InetSocketAddress address : addresses(server)) {
                String reply = SmtpTestClient.sendOne(address, "<x@far.test>", "<bob@local.test>", MESSAGE);
                assertEquals("550 5.7.1 not today", reply);
            }
        }
    }

    @Test
    void stopsAllOfThem() throws Exception {
        TestServer server = server().start();
        List<InetSocketAddress> addresses = addresses(server);
        try (SmtpTestClient idle = new SmtpTestClient(addresses.get(2));
                SmtpTestClient busy = new SmtpTestClient(addresses.get(1))) {
            idle.say("EHLO idle.test");
            busy.say("EHLO busy.test");
            busy.say("MAIL FROM:<sender@far.test>");
            busy.say("RCPT TO:<alice@local.test>");
            busy.say("DATA");
            CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::stop);
            assertTrue(idle.reply().startsWith("421 4.3.2"));
            busy.raw(MESSAGE);
            assertTrue(busy.say(".").startsWith("250 2.0.0"));
            assertTrue(busy.reply().startsWith("421 4.3.2"));
            stopped.get(30, TimeUnit.SECONDS);
        }
        for (InetSocketAddress address : addresses) {
            Await.until("nobody listens at " + address, () -> !accepts(address));
        }
    }

    private static boolean accepts(InetSocketAddress address) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void namesTheAddressThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String second = "127.0.0.1:" + taken.getLocalPort();
            TestServer server = new TestServer(folder).set("smtp.listen", "127.0.0.1:0," + second);
            IOException thrown = assertThrows(IOException.class, server::start);
            assertEquals(
                    "cannot listen at " + second + ", which is smtp.listen: Address already in use",
                    thrown.getMessage());
        }
    }

    @Test
    void takesMailForTheWorldOverIpv4AndIpv6() throws Exception {
        int port = FreePort.at("127.0.0.1", "::1");
        try (TestServer server = new TestServer(folder)
                .set("smtp.listen", "0.0.0.0:" + port + ",[::]:" + port)
                .start()) {
            for (String host : List.of("127.0.0.1", "::1")) {
                String reply = SmtpTestClient.sendOne(
                        new InetSocketAddress(host, port), "<x@far.test>", "<alice@local.test>", MESSAGE);
                assertTrue(reply.startsWith("250"), reply);
            }
            server.mailbox("alice", 2);
        }
    }
}
