package dev.caravan.session;

import dev.caravan.codec.SmtpServerDecoder;
import dev.caravan.codec.TlsRecordGate;
import dev.caravan.tls.TlsFacts;
import dev.caravan.tls.TlsServer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.Optional;

/** The TLS of one SMTP connection. Confined to the channel's event loop. */
final class ConnectionTls {
    private static final String NAME = "tls";

    private final Optional<TlsServer> server;
    private Optional<SslHandler> handler = Optional.empty();

    /** @param server empty if clients cannot use TLS. */
    ConnectionTls(Optional<TlsServer> server) {
        this.server = server;
    }

    /**
     * Lets the client begin a handshake with its next octets.
     *
     * @param session the context of the session's handler.
     * @param decoder shall get the decrypted octets.
     * @param last done before the first octet is taken for TLS, if a handshake may begin.
     * @return whether it may begin.
     */
    boolean begin(ChannelHandlerContext session, SmtpServerDecoder decoder, Runnable last) {
        handler = server.flatMap(tls -> tls.begin(session.alloc()));
        if (handler.isEmpty()) {
            return false;
        }
        last.run();
        String name = session.pipeline().context(decoder).name();
        session.pipeline()
                .addBefore(name, "tls-records", new TlsRecordGate(decoder))
                .addBefore(name, NAME, handler.get());
        return true;
    }

    /** What the handshake agreed, after it has succeeded. */
    TlsFacts facts() {
        return server.orElseThrow().facts(handler.orElseThrow());
    }

    /** What binds a login to the connection; empty if the library cannot tell. */
    Optional<byte[]> exporter() {
        return server.orElseThrow().exporter(handler.orElseThrow());
    }

    /** Tells the client that nothing more is sent; what it sends can still be read. */
    void shutdownOutput(DuplexChannel channel) {
        if (handler.isPresent() && handler.get().handshakeFuture().isSuccess()) {
            // Without close_notify the client could not tell this end from a cut connection (RFC 8446 §6.1).
            handler.get().closeOutbound().addListener(sent -> channel.shutdownOutput());
        } else {
            channel.shutdownOutput();
        }
    }
}
