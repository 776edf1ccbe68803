package dev.caravan.session;

import dev.caravan.smtp.Command;
import dev.caravan.smtp.Reply;
import java.util.List;

/**
 * The connection as a {@link SessionDriver} uses it: sends replies, passes questions on, reads or does not read. All
 * methods are called on the event loop of the connection.
 */
interface SessionTransport {
    /** Sends a reply; replies that follow immediately may share a segment with it. */
    void send(Reply reply);

    /** Sends the reply to QUIT and closes the connection. */
    void close(Reply reply);

    /** Sends the last replies and closes the connection in such a way that the client can still read them. */
    void disconnect(List<Reply> replies);

    /** Passes a question on to the route, whose answer arrives at {@link SessionDriver#answered}. */
    void ask(PolicyRequest question);

    /** The next line is the response of a SASL exchange, which may be longer than a command. */
    void expectResponse();

    /** Switches the decoder to content. */
    void expectContent();

    /** Switches the decoder to a chunk; the client's time for the content begins with the first. */
    void expectChunk(Command.Bdat chunk, boolean isFirst, boolean isBinary);

    /** The client sends no more content. */
    void contentEnded();

    /**
     * Sends the reply, forgets what the client sent after STARTTLS, and begins a TLS handshake;
     * {@link SessionDriver#secured} is called at its end.
     *
     * @return false if none may begin now; then nothing was sent.
     */
    boolean startTls(Reply goAhead);

    /** A proxy has named its client: what depends on the client's address is decided anew. */
    void clientNamed(SessionFacts facts);

    /** Starts or stops reading: {@link SessionDriver#isClientWaiting()} may have changed. */
    void updateFlow();

    /** Whether the last reply was sent or the connection is closed; nothing may be sent then. */
    boolean isClosing();
}
