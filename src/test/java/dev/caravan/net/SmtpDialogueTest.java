package dev.caravan.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.routetest.LoopbackServer;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that waits, and does not wait or read for ever. */
class SmtpDialogueTest {
    private final LoopbackServer server;
    private final CompletableFuture<String> heard = new CompletableFuture<>();

    SmtpDialogueTest() throws IOException {
        server = new LoopbackServer("talker", LoopbackServer.anyPort());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** A client of a server that says these octets, then ends its side and hears the rest. */
    private SmtpDialogue connect(String octets) throws IOException {
        server.start(socket -> {
            socket.getOutputStream().write(octets.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            heard.complete(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
        });
        Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort());
        return new SmtpDialogue(socket, StandardCharsets.UTF_8);
    }

    @Test
    void givesTheLastLineOfEachReply() throws Exception {
        try (SmtpDialogue dialogue = connect("220-one\r\n220 two\r\n250\r\n25\r\n")) {
            assertEquals("220 two", dialogue.reply());
            assertEquals("250", dialogue.say("NOOP"));
            assertEquals("25", dialogue.reply());
            assertThrows(EOFException.class, dialogue::reply);
        }
        assertEquals("NOOP\r\n", heard.get());
    }

    @Test
    void doublesDotsAtTheBeginningOfLines() throws Exception {
        try (SmtpDialogue dialogue = connect("")) {
            dialogue.writeContent(".\r\n..a.b\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        assertEquals("..\r\n...a.b\r\n", heard.get());
    }

    @Test
    void readsNoReplyWithoutEnd() throws Exception {
        try (SmtpDialogue dialogue = connect("250-more\r\n".repeat(200))) {
            assertEquals(
                    "a reply of more than 100 lines",
                    assertThrows(IOException.class, dialogue::reply).getMessage());
        }
    }

    @Test
    void readsNoLineWithoutEnd() throws Exception {
        try (SmtpDialogue dialogue = connect("2".repeat(70_000))) {
            assertEquals(
                    "a reply with a line of more than 65536 octets",
                    assertThrows(IOException.class, dialogue::reply).getMessage());
        }
    }
}
