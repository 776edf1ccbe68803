package dev.caravan.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Content;
import dev.caravan.net.EventLoops;
import dev.caravan.net.HostAndPort;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ClamdClientTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final EventLoopGroup loops = EventLoops.of(1, "test");
    private final ExecutorService disk = Executors.newSingleThreadExecutor();
    private ScriptedClamd clamd;

    @BeforeEach
    void start() throws IOException {
        clamd = new ScriptedClamd();
    }

    @AfterEach
    void stop() throws IOException {
        clamd.close();
        disk.shutdown();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Test
    void hearsThatAContentIsClean() throws Exception {
        assertEquals(new ScanResult.Clean(), scan("hello\r\n"));
        assertEquals(List.of("hello\r\n"), clamd.scanned());
    }

    @Test
    void hearsWhatWasFound() throws Exception {
        assertEquals(new ScanResult.Found("Test.Worm"), scan("a WORM"));
    }

    @Test
    void sendsALargeFileInPieces() throws Exception {
        String text = "0123456789\r\n".repeat(50_000) + "WORM";
        Path file = Files.writeString(folder.resolve("content"), text);
        assertEquals(new ScanResult.Found("Test.Worm"), scan(new Content.InFile(file, text.length()), LONG));
        assertEquals(List.of(text), clamd.scanned());
    }

    @Test
    void sendsAnEmptyContent() throws Exception {
        assertEquals(new ScanResult.Clean(), scan(""));
    }

    @Test
    void doesNotBelieveAConnectionThatEnds() throws Exception {
        assertInstanceOf(ScanResult.Unknown.class, scan("TROUBLE"));
    }

    @Test
    void doesNotTakeAnErrorForCleanWhenTheContentIsTooLong() throws Exception {
        ScanResult result = scan("x".repeat(ScriptedClamd.LIMIT + 1));
        assertTrue(
                result instanceof ScanResult.Unknown unknown && unknown.reason().contains("limit"), "" + result);
    }

    @Test
    void doesNotWaitForEverForAnAnswer() throws Exception {
        assertInstanceOf(ScanResult.Unknown.class, scan(memory("SILENCE"), Duration.ofMillis(300)));
    }

    @Test
    void doesNotWaitForEverForAScannerThatDoesNotListen() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            HostAndPort address = new HostAndPort("127.0.0.1", deaf.getLocalPort());
            // More than the buffers of both sides hold.
            Content large = memory("x".repeat(32 * 1024 * 1024));
            assertInstanceOf(ScanResult.Unknown.class, scan(address, large, Duration.ofMillis(500)));
        }
    }

    @Test
    void doesNotLetMailInWhenTheScannerIsAway() throws Exception {
        clamd.close();
        assertInstanceOf(ScanResult.Unknown.class, scan("hello"));
    }

    @Test
    void believesTheTwoPlainAnswersOnly() {
        assertEquals(new ScanResult.Clean(), ClamdClient.read("stream: OK"));
        assertEquals(
                new ScanResult.Found("Eicar-Test-Signature"), ClamdClient.read("stream: Eicar-Test-Signature FOUND"));
        assertEquals(new ScanResult.Found("a?b"), ClamdClient.read("stream: a\rb FOUND"));
        for (String other :
                List.of("", "OK", "stream: OK ", "stream: FOUND", "stream:  FOUND", "x FOUND", "stream: x ERROR")) {
            assertInstanceOf(ScanResult.Unknown.class, ClamdClient.read(other), other);
        }
    }

    @Test
    void doesNotLetMailInWhoseFileIsGone() throws Exception {
        Content gone = new Content.InFile(folder.resolve("gone"), 10);
        assertInstanceOf(ScanResult.Unknown.class, scan(gone, LONG));
    }

    private static Content memory(String text) {
        return new Content.InMemory(text.getBytes(StandardCharsets.US_ASCII));
    }

    private ScanResult scan(String text) {
        return scan(memory(text), LONG);
    }

    private ScanResult scan(Content content, Duration whole) {
        return scan(HostAndPort.parse(clamd.address(), 1), content, whole);
    }

    private ScanResult scan(HostAndPort address, Content content, Duration whole) {
        return new ClamdClient(loops, disk, LONG, whole)
                .scan(address, content)
                .toCompletableFuture()
                .join();
    }
}
