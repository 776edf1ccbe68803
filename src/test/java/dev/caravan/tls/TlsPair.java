package dev.caravan.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** A client and a server of TLS joined in memory; what the server sends is counted by records. */
final class TlsPair implements AutoCloseable {
    private static final int HEAD = 5;
    private static final int HANDSHAKE = 22;
    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int APPLICATION_DATA = 23;
    private static final int NEW_SESSION_TICKET = 4;

    private final TlsServerContext serverContext;
    private final TlsClientContext clientContext;
    private final SslHandler serverHandler;
    private final SslHandler clientHandler;
    private final EmbeddedChannel server;
    private final EmbeddedChannel client;
    private boolean areContextsClosed;
    private boolean isEncrypted;
    private int tickets;
    // In TLS 1.3: records of the server after the handshake, and those that carried text.
    private int laterRecords;
    private int texts;

    private TlsPair(
            TlsServerContext serverContext, TlsClientContext clientContext, SslHandler server, SslHandler client) {
        this.serverContext = serverContext;
        this.clientContext = clientContext;
        this.serverHandler = server;
        this.clientHandler = client;
        this.server = new EmbeddedChannel();
        this.client = new EmbeddedChannel();
    }

    static TlsPair of(TlsServerContext serverContext, TlsClientContext clientContext, Optional<String> name) {
        UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
        return new TlsPair(
                serverContext,
                clientContext,
                serverContext.newHandler(allocator),
                clientContext.newHandler(allocator, name.orElse("127.0.0.1"), 25, name));
    }

    /** Lets the client speak one version only. */
    void limit(TlsVersion version) {
        clientHandler.engine().setEnabledProtocols(new String[] {version.protocol()});
    }

    /** @throws SSLException if one side refuses the other. */
    void shakeHands() throws SSLException {
        server.pipeline().addFirst(serverHandler);
        client.pipeline().addFirst(clientHandler);
        exchange();
        for (SslHandler side : new SslHandler[] {clientHandler, serverHandler}) {
            if (!side.handshakeFuture().isSuccess()) {
                Throwable cause = side.handshakeFuture().cause();
                throw cause instanceof SSLException failure ? failure : new SSLException("handshake", cause);
            }
        }
    }

    SSLSession server() {
        return serverHandler.engine().getSession();
    }

    SSLSession client() {
        return clientHandler.engine().getSession();
    }

    /** Sends text from the client; what the server read. */
    String toServer(String text) throws SSLException {
        client.writeOutbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        exchange();
        return read(server);
    }

    /** Sends text from the server; what the client read. */
    String toClient(String text) throws SSLException {
        texts++;
        server.writeOutbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        exchange();
        return read(client);
    }

    /**
     * How many NewSessionTicket messages the server sent. In TLS 1.2 they are counted where they are in clear, before
     * ChangeCipherSpec; in TLS 1.3 each record of the server after the client's Finished that carries no text is one.
     */
    int tickets() {
        return tickets + (server().getProtocol().equals("TLSv1.3") ? laterRecords - texts : 0);
    }

    private void exchange() throws SSLException {
        boolean isMoved = true;
        while (isMoved) {
            isMoved = move(client, server, false);
            isMoved |= move(server, client, true);
            client.runPendingTasks();
            server.runPendingTasks();
        }
    }

    private boolean move(EmbeddedChannel from, EmbeddedChannel to, boolean isServer) {
        ByteBuf octets = from.readOutbound();
        if (octets == null) {
            return false;
        }
        if (isServer) {
            count(octets);
        }
        try {
            to.writeInbound(octets);
        } catch (Exception e) {
            // The handshake's future tells it too.
            to.releaseInbound();
        }
        return true;
    }

    private void count(ByteBuf octets) {
        for (int at = octets.readerIndex(); at + HEAD <= octets.writerIndex(); ) {
            int type = octets.getUnsignedByte(at);
            int length = octets.getUnsignedShort(at + 3);
            if (type == CHANGE_CIPHER_SPEC) {
                isEncrypted = true;
            } else if (type == HANDSHAKE && !isEncrypted) {
                countMessages(octets, at + HEAD, at + HEAD + length);
            } else if (type == APPLICATION_DATA
                    && serverHandler.handshakeFuture().isDone()) {
                laterRecords++;
            }
            at += HEAD + length;
        }
    }

    private void countMessages(ByteBuf octets, int from, int end) {
        for (int at = from; at + 4 <= end; at += 4 + octets.getUnsignedMedium(at + 1)) {
            if (octets.getUnsignedByte(at) == NEW_SESSION_TICKET) {
                tickets++;
            }
        }
    }

    private static String read(EmbeddedChannel side) {
        StringBuilder text = new StringBuilder();
        for (ByteBuf octets = side.readInbound(); octets != null; octets = side.readInbound()) {
            text.append(octets.toString(StandardCharsets.US_ASCII));
            octets.release();
        }
        return text.toString();
    }

    /** Closes the contexts, as when keys are replaced. */
    void closeContexts() {
        if (!areContextsClosed) {
            areContextsClosed = true;
            serverContext.close();
            clientContext.close();
        }
    }

    @Override
    public void close() {
        closeContexts();
        client.finishAndReleaseAll();
        server.finishAndReleaseAll();
    }
}
