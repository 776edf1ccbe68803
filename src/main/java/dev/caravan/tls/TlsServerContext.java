package dev.caravan.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;

/**
 * Makes the handlers of accepted connections, all with the same keys and options. Thread-safe. May be closed while its
 * connections are open; they keep what they need.
 */
public final class TlsServerContext implements AutoCloseable {
    private final SslContext context;
    private final boolean hasTickets;

    TlsServerContext(SslContext context, boolean hasTickets) {
        this.context = context;
        this.hasTickets = hasTickets;
    }

    /**
     * The handler of a connection whose next octets are those of the handshake.
     *
     * @throws io.netty.util.IllegalReferenceCountException if this context is closed and its library is OpenSSL's.
     */
    public SslHandler newHandler(ByteBufAllocator allocator) {
        // Another thread may close this context meanwhile, which must not free the memory that the new engine uses.
        ReferenceCountUtil.retain(context);
        try {
            // An engine that hands out record by record: else a client's close_notify is found, and nothing more can be
            // sent,
            // before the commands in front of it are answered.
            SslHandler handler = new SslHandler(context.newEngine(allocator));
            if (!hasTickets && handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
                // No option of the context does it: OpenSSL's default ticket keys stay in force.
                SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
            }
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
