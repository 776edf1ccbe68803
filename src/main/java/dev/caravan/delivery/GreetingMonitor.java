package dev.caravan.delivery;

import dev.caravan.smtp.Reply;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.BooleanSupplier;

/**
 * Observes a connection and reports to the {@link ConnectionGate} whether the host sent a greeting, and when a connection
 * with a greeting was closed. Passes everything on unchanged.
 */
final class GreetingMonitor extends ChannelDuplexHandler {
    private static final int CLOSING = 421;

    private enum State {
        CONNECTING,
        OPENING,
        GREETED,
        OVER
    }

    private final ConnectionGate gate;
    private final RemoteHost host;
    private final BooleanSupplier isGivenUp;
    private State state = State.CONNECTING;

    /** @param isGivenUp whether this server ends the connection for reasons of its own, which say nothing of the host. */
    GreetingMonitor(ConnectionGate gate, RemoteHost host, BooleanSupplier isGivenUp) {
        this.isGivenUp = isGivenUp;
        this.gate = gate;
        this.host = host;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        state = State.OPENING;
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (state == State.OPENING && message instanceof Reply reply) {
            if (reply.code() == CLOSING) {
                ungreeted("said " + reply.text().replace('\n', ' '));
            } else {
                state = State.GREETED;
                gate.greeted(host.address());
            }
        }
        context.fireChannelRead(message);
    }

    /** A handshake that fails says nothing about whether the host is there: another policy may not fail. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (state == State.OPENING
                && event instanceof SslHandshakeCompletionEvent handshake
                && !handshake.isSuccess()) {
            state = State.OVER;
        }
        context.fireUserEventTriggered(event);
    }

    /** Reports before later handlers do, so that a waiting request does not find the host unprobed. */
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        over();
        context.fireChannelInactive();
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        over();
        context.close(promise);
    }

    private void over() {
        if (state == State.OPENING && isGivenUp.getAsBoolean()) {
            state = State.OVER;
        } else if (state == State.OPENING) {
            ungreeted("connected, but there was no greeting");
        } else if (state == State.GREETED) {
            state = State.OVER;
            gate.closed(host.address());
        }
    }

    private void ungreeted(String reason) {
        state = State.OVER;
        gate.failed(host, reason);
    }
}
