package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that cannot listen says where and why, and leaves nothing running. */
@Tag("server")
class ListenTest {
    @TempDir
    Path folder;

    @Test
    void namesThePortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String listen = "127.0.0.1:" + taken.getLocalPort();
            TestServer node = new TestServer(folder).set("smtp.listen", listen);
            IOException thrown = assertThrows(IOException.class, node::start);
            assertEquals(
                    "cannot listen at " + listen + ", which is smtp.listen: Address already in use",
                    thrown.getMessage());
        }
        // The store is free again.
        try (TestServer node = new TestServer(folder).start()) {
            assertEquals(0, node.depth("mail.dead"));
        }
    }
}
