package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A supervisor asks whether a server lives, and a load balancer whether it serves. */
@RunningServer(settings = "http.listen=127.0.0.1:0", started = false)
class HealthTest {
    private static final int MORE_THAN_THREADS = 40;

    private TestServer node;

    @Test
    void aServerThatServesIsLiveAndReady() throws Exception {
        node.start();
        HttpResponse<String> live = Scrape.get(node, "/health/live");
        assertEquals(200, live.statusCode());
        assertEquals(
                "{\"status\":\"up\",\"checks\":{\"event-loops\":\"up\",\"store\":\"up\",\"retry-timer\":\"up\"}}\n",
                live.body());
        HttpResponse<String> ready = Scrape.get(node, "/health/ready");
        assertEquals(200, ready.statusCode());
        assertEquals(
                "{\"status\":\"up\",\"checks\":{\"running\":\"up\",\"smtp\":\"up\",\"broker\":\"up\",\"room\":\"up\"}}\n",
                ready.body());
        assertEquals(
                "application/json", ready.headers().firstValue("Content-Type").orElseThrow());
    }

    @Test
    void warnsOfLostRecordsUntilTheReportIsMovedAway() throws Exception {
        node.start();
        java.nio.file.Path report = node.folder().resolve("data/broker/damaged/20261129T000000000Z");
        java.nio.file.Files.createDirectories(report);
        java.nio.file.Files.writeString(report.resolve("report.txt"), "records lost: 12\n");
        HttpResponse<String> ready = Scrape.get(node, "/health/ready");
        assertEquals(200, ready.statusCode());
        assertTrue(
                ready.body().contains("\"warnings\":{\"store\":\"records lost: 12, copies in data/broker/damaged\"}"),
                ready.body());
        assertTrue(Scrape.of(node).has("caravan_store_records_lost", 12));
        OwnerOnlyFolders.remove(report);
        assertTrue(Scrape.of(node).has("caravan_store_records_lost", 0));
        assertTrue(!Scrape.get(node, "/health/live").body().contains("warnings"));
    }

    @Test
    void aServerWithoutRoomIsNotReadyButLives() throws Exception {
        node.set("broker.max-disk-use", "1")
                .set("broker.min-disk-free", "1024GiB")
                .start();
        HttpResponse<String> ready = Scrape.get(node, "/health/ready");
        assertEquals(503, ready.statusCode());
        assertTrue(ready.body().contains("\"room\":\"down\""), ready.body());
        assertEquals(200, Scrape.get(node, "/health/live").statusCode());
    }

    @Test
    void aServerWithoutItsBrokerIsNotReadyButLives() throws Exception {
        node.start();
        node.node().broker().orElseThrow().service().stop();
        HttpResponse<String> ready = Scrape.get(node, "/health/ready");
        assertEquals(503, ready.statusCode());
        assertTrue(ready.body().contains("\"broker\":\"down\""), ready.body());
        assertEquals(200, Scrape.get(node, "/health/live").statusCode());
        Scrape scrape = Scrape.of(node);
        assertTrue(scrape.has("caravan_broker_up", 0), scrape.text());
        assertTrue(scrape.value("caravan_queue_depth{queue=\"mail.dead\"}").isEmpty(), scrape.text());
    }

    @Test
    void aServerThatStopsIsNotReadyWhileItFinishes() throws Exception {
        node.start();
        try (SmtpTestClient talk = new SmtpTestClient(node.smtp())) {
            talk.say("EHLO client.test");
            talk.say("MAIL FROM:<a@far.test>");
            talk.say("RCPT TO:<alice@local.test>");
            talk.say("DATA");
            Thread stopping = new Thread(node.node()::close);
            stopping.start();
            Await.until("it is not ready", () -> status("/health/ready") == 503);
            assertEquals(200, status("/health/live"));
            assertEquals(200, status("/metrics"));
            talk.raw("Subject: x\r\n\r\nlast\r\n");
            assertTrue(talk.say(".").startsWith("250 "));
            stopping.join();
        }
    }

    private int status(String path) {
        try {
            return Scrape.get(node, path).statusCode();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** All threads for mail wait for clients that are slow with it. */
    @Test
    void slowClientsKeepNobodyFromAsking() throws Exception {
        node.start();
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < MORE_THAN_THREADS; i++) {
                slow.add(slowPost());
            }
            assertEquals(200, status("/health/live"));
            assertEquals(200, status("/health/ready"));
            assertEquals(200, status("/metrics"));
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private Socket slowPost() throws IOException {
        String[] address = node.node().http().orElseThrow().split(":", 2);
        Socket socket = new Socket(address[0], Integer.parseInt(address[1]));
        socket.getOutputStream()
                .write(("POST /mail HTTP/1.1\r\nHost: x\r\nContent-Type: message/rfc822\r\nContent-Length: 100\r\n\r\n"
                                + "Subject: x\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void noRouteCanTakeThePathsAway() throws Exception {
        new OwnRoutes(node.folder())
                .write(
                        "own",
                        "- route:\n    id: own\n    from:\n      uri: web:metrics\n      steps:\n        - stop: {}\n");
        Throwable cause = assertThrows(Exception.class, node::start);
        StringBuilder words = new StringBuilder();
        while (cause != null) {
            words.append(cause.getMessage()).append('\n');
            cause = cause.getCause();
        }
        assertTrue(words.toString().contains("/metrics is answered by the server itself"), words.toString());
    }
}
