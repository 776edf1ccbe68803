package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.admin.ControlFile;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.Scrape;
import dev.caravan.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP clients that have no token, or no manners, take nothing from those that have. */
@Tag("server")
class HostileHttpTest {
    /** More than the server has threads, and more connections than it allows. */
    private static final int MANY = 150;

    private static final String MAIL = "From: a@far.test\r\nTo: alice@local.test\r\n\r\nhello\r\n";
    private static final String POST = "POST /mail HTTP/1.1\r\nHost: x\r\nContent-Type: message/rfc822\r\n";
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path folder;

    private final List<Socket> sockets = new ArrayList<>();
    private TestServer node;

    @BeforeEach
    void make() {
        node = new TestServer(folder)
                .set("http.listen", "127.0.0.1:0")
                .set("http.max-connections", "100")
                .set("http.max-connections-per-address", "40")
                .set("content.max-size", "300KiB")
                .set("content.max-json", "10KiB");
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        node.close();
    }

    private int port() {
        return URI.create("http://" + node.node().http().orElseThrow()).getPort();
    }

    private Socket connect(int port, String from) throws IOException {
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName(from), 0);
        sockets.add(socket);
        return socket;
    }

    /** Sends octets; a server that has closed the connection by then is no fault. */
    private Socket sends(int port, String from, String octets) throws IOException {
        Socket socket = connect(port, from);
        try {
            socket.getOutputStream().write(octets.getBytes(StandardCharsets.ISO_8859_1));
        } catch (SocketException e) {
            assertTrue(!octets.isEmpty());
        }
        return socket;
    }

    private static String readAll(Socket socket) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(read);
        } catch (SocketException e) {
            read.write("[reset]".getBytes(StandardCharsets.US_ASCII));
        }
        return read.toString(StandardCharsets.ISO_8859_1);
    }

    private void assertServes() throws Exception {
        for (String path : List.of("/health/live", "/health/ready", "/metrics")) {
            assertEquals(200, Scrape.get(node, path).statusCode(), path);
        }
        HttpResponse<String> posted = post(MAIL);
        assertEquals(202, posted.statusCode(), posted.body());
    }

    private HttpResponse<String> post(String mail) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create("http://" + node.node().http().orElseThrow() + "/mail"))
                        .header("Content-Type", "message/rfc822")
                        .POST(BodyPublishers.ofString(mail))
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void halfARequestKeepsNobodyOut() throws Exception {
        node.start();
        for (int i = 0; i < MANY; i++) {
            sends(port(), "127.0.0." + (2 + i % 5), "GET /health/live HTTP/1.1\r\nHos");
        }
        assertServes();
    }

    @Test
    void halfARequestFromTheSameAddressKeepsNobodyOut() throws Exception {
        node.start();
        for (int i = 0; i < MANY; i++) {
            sends(port(), "127.0.0.1", "");
        }
        assertServes();
    }

    @Test
    void slowBodiesKeepNobodyOut() throws Exception {
        node.start();
        for (int i = 0; i < MANY; i++) {
            sends(port(), "127.0.0." + (2 + i % 5), POST + "Content-Length: 100000\r\n\r\nSubject: x\r\n");
        }
        assertServes();
    }

    @Test
    void largeSlowBodiesKeepNobodyOut() throws Exception {
        node.start();
        String part = POST + "Content-Length: 200000\r\n\r\n" + "0123456789abcd\r\n".repeat(6000);
        for (int i = 0; i < MANY; i++) {
            sends(port(), "127.0.0." + (2 + i % 5), part);
        }
        assertServes();
        assertTrue(post(MAIL + "0123456789\r\n".repeat(10_000)).statusCode() == 202);
    }

    @Test
    void bodiesOfStrangersLeaveRoomForOthers() throws Exception {
        node.set("http.networks", "127.0.0.1/32").set("http.body-space", "1MiB").start();
        for (int i = 0; i < 20; i++) {
            sends(port(), "127.0.0.2", POST + "Content-Length: 250000\r\n\r\n" + "0123456789abcd\r\n".repeat(12_000));
        }
        Socket late = sends(
                port(), "127.0.0.2", POST + "Content-Length: 260000\r\n\r\n" + "0123456789abcd\r\n".repeat(16_250));
        assertTrue(readAll(late).startsWith("HTTP/1.1 503 "));
        assertServes();
    }

    @Test
    void aClientThatTakesTooLongIsCutOff() throws Exception {
        node.set("http.head-timeout", "200ms").set("http.body-timeout", "200ms").start();
        assertEquals("", readAll(sends(port(), "127.0.0.2", "GET / HT")));
        assertEquals("", readAll(sends(port(), "127.0.0.2", POST + "Content-Length: 100\r\n\r\nSubject: x\r\n")));
        // The time for a header is from its begin to its end, however lively the client is.
        Socket dribbling = connect(port(), "127.0.0.2");
        Await.until("a header that never ends is cut off", () -> {
            try {
                dribbling.getOutputStream().write("A: b\r\n".getBytes(StandardCharsets.US_ASCII));
                return false;
            } catch (IOException e) {
                return true;
            }
        });
        assertServes();
    }

    @Test
    void whatIsNoHttpIsRefused() throws Exception {
        node.start();
        assertRefused(
                "400", "POST /mail HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertRefused("400", "POST /mail HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n");
        assertRefused("400", "GET / HTTP/1.1\r\nHost : x\r\n\r\n");
        assertRefused("400", "GET / HTTP/1.1\nHost: x\n\n");
        assertRefused("414", "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n\r\n");
        assertRefused("431", "GET / HTTP/1.1\r\n" + "A: b\r\n".repeat(10_000));
        assertServes();
    }

    private void assertRefused(String status, String request) throws Exception {
        String reply = readAll(sends(port(), "127.0.0.2", request));
        assertTrue(reply.matches("(?s)HTTP/1\\.[01] " + status + " .*"), reply);
    }

    @Test
    void readsWhyABodyIsRefusedBeforeItsEnd() throws Exception {
        node.start();
        String head = POST + "Content-Length: 9000000\r\n\r\n";
        String reply = readAll(sends(port(), "127.0.0.2", head + "0123456789abcd\r\n".repeat(1000)));
        assertTrue(reply.startsWith("HTTP/1.1 413 "), reply);
        assertTrue(reply.contains("9000000 octets (expected: <= "), reply);
        String chunk = "10000\r\n" + "0123456789abcde\n".repeat(4096) + "\r\n";
        String chunked =
                readAll(sends(port(), "127.0.0.2", POST + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(8)));
        assertTrue(chunked.startsWith("HTTP/1.1 413 "), chunked);
    }

    @Test
    void answersRequestsOnOneConnectionInOrder() throws Exception {
        node.start();
        String post = POST + "Content-Length: " + MAIL.length() + "\r\n\r\n" + MAIL;
        Socket socket = sends(
                port(),
                "127.0.0.2",
                post + "HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                        + post.replaceFirst("\r\n", "\r\nConnection: close\r\n"));
        String replies = readAll(socket);
        assertEquals(
                List.of("202", "200", "404", "202"),
                replies.lines()
                        .filter(line -> line.startsWith("HTTP/1.1 "))
                        .map(line -> line.substring(9, 12))
                        .toList(),
                replies);
    }

    /** The server reads no more from it, so that answers do not pile up. */
    @Test
    void aClientThatNeverReadsIsNotReadEither() throws Exception {
        node.start();
        ByteBuffer asks = ByteBuffer.wrap(
                "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000).getBytes(StandardCharsets.US_ASCII));
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port()))) {
            channel.configureBlocking(false);
            Await.until("no more is taken", () -> {
                try {
                    return channel.write(asks.rewind()) == 0;
                } catch (IOException e) {
                    return true;
                }
            });
            assertServes();
        }
    }

    @Test
    void commandsAreAnsweredWhateverOthersSendToTheirPort() throws Exception {
        node.start();
        int control = ControlFile.read(folder.resolve("data").resolve(ControlFile.NAME))
                .port();
        for (int i = 0; i < 2 * MANY; i++) {
            sends(
                    control,
                    "127.0.0.1",
                    i % 2 == 0 ? "GET /qu" : "POST /queue/flush HTTP/1.1\r\nContent-Length: 9\r\n\r\n");
        }
        assertEquals(0, new OperatorCli(folder).types("queue", "list").code());
        String flood = readAll(sends(
                control, "127.0.0.1", "POST /queue/flush HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"));
        assertTrue(flood.startsWith("HTTP/1.1 413 "), flood);
    }

    @Test
    void leavesNothingOfABodyBehind() throws Exception {
        node.start();
        Socket gone = sends(
                port(), "127.0.0.2", POST + "Content-Length: 250000\r\n\r\n" + "0123456789abcd\r\n".repeat(12_000));
        gone.close();
        assertServes();
        try (var files = Files.list(folder.resolve("data"))) {
            assertEquals(
                    List.of(),
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".body"))
                            .toList());
        }
    }
}
