package dev.caravan.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.caravan.admin.ControlFile;
import dev.caravan.http.HttpEngine;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.testkit.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file by which commands find the server, where several servers share a home. */
class ControlListenerTest {
    private final HttpEngine engine = new HttpEngine();

    @AfterEach
    void end() {
        engine.close();
    }

    private static final String OTHER = "0".repeat(40);

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve(ControlFile.NAME);
    }

    private ControlFile written() {
        try {
            return ControlFile.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void namesAnotherServerWhenTheLastOneEnds() throws Exception {
        ControlListener first = new ControlListener(engine, file, new ShutdownState());
        ControlListener second = new ControlListener(engine, file, new ShutdownState());
        try {
            first.serve();
            ControlFile ofFirst = written();
            second.serve();
            assertNotEquals(ofFirst, written());
            second.close();
            Await.until(
                    "the first is named", () -> Files.exists(file) && written().equals(ofFirst));
        } finally {
            first.close();
        }
        assertFalse(Files.exists(file));
    }

    @Test
    void takesThePlaceOfAServerThatWasKilled() throws Exception {
        ControlListener server = new ControlListener(engine, file, new ShutdownState());
        try {
            server.serve();
            ControlFile ours = written();
            int free;
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                free = socket.getLocalPort();
            }
            new ControlFile(free, OTHER, ours.host()).write(file);
            Await.until("ours is back", () -> written().equals(ours));
        } finally {
            server.close();
        }
    }

    @Test
    void leavesTheFileOfAnotherMachine() throws Exception {
        ControlListener server = new ControlListener(engine, file, new ShutdownState());
        server.serve();
        ControlFile other = new ControlFile(1, OTHER, "elsewhere.test");
        other.write(file);
        server.close();
        assertEquals(other, written());
    }
}
