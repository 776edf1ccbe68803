package dev.caravan.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;

/** Makes the handlers of connections to other servers, all with the same options. Thread-safe. */
public final class TlsClientContext implements AutoCloseable {
    private final SslContext context;

    TlsClientContext(SslContext context) {
        this.context = context;
    }

    /**
     * The handler of a connection, which begins the handshake when it is added to the channel's pipeline. The handshake
     * fails if the chain is not trusted; names are for the caller to check.
     *
     * @param host the server's name or address, and {@code port} its port: sessions are resumed with the same only.
     * @param serverName the name to ask for (RFC 6066 §3), in ASCII without a dot at its end; none for an address.
     * @throws IllegalArgumentException if the name is not one that can be asked for.
     */
    public SslHandler newHandler(ByteBufAllocator allocator, String host, int port, Optional<String> serverName) {
        ReferenceCountUtil.retain(context);
        try {
            SslHandler handler = context.newHandler(allocator, host, port);
            SSLParameters parameters = handler.engine().getSSLParameters();
            parameters.setServerNames(serverName
                    .map(name -> List.of(new SNIHostName(name)))
                    .map(List::<javax.net.ssl.SNIServerName>copyOf)
                    .orElse(List.of()));
            handler.engine().setSSLParameters(parameters);
            return handler;
        } finally {
            ReferenceCountUtil.release(context);
        }
    }

    @Override
    public void close() {
        ReferenceCountUtil.release(context);
    }
}
