package dev.caravan.session;

import dev.caravan.codec.ReplyEncoder;
import dev.caravan.codec.SmtpInput;
import dev.caravan.codec.SmtpServerDecoder;
import dev.caravan.smtp.Command;
import dev.caravan.smtp.Reply;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Netty handler of one SMTP connection. It passes decoded input to a {@link SessionDriver} and writes the replies,
 * fires the {@link PolicyRequest}s to the handlers behind it and intercepts the {@link PolicyResult}s that they write,
 * pauses the decoder while the client has to wait, enforces the time limits and closes the connection. It makes no
 * decisions about mail. Confined to the channel's event loop.
 */
public final class SmtpSessionHandler extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpSessionHandler.class);
    /** A client that shuts down its output after waiting longer than this for an answer is treated as gone. */
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(10);

    private static final ReplyEncoder ENCODER = new ReplyEncoder();

    private final SessionSetup setup;
    private final SmtpServerDecoder decoder;
    private final ConnectionTls tls;
    private ChannelHandlerContext context;
    private SessionDriver driver;
    private SessionTimer timer;
    private boolean begun;
    private boolean closing;
    // The client has shut down its output and may still read replies.
    private boolean inputEnded;
    private ChannelFuture lastReply;

    private SmtpSessionHandler(SessionSetup setup, SmtpServerDecoder decoder) {
        this.setup = setup;
        this.decoder = decoder;
        this.tls = new ConnectionTls(setup.terms().tls());
    }

    /**
     * Adds decoder, encoder and session to the end of a pipeline; the handler that answers questions is added behind
     * them.
     */
    public static void install(ChannelPipeline pipeline, SessionSetup setup) {
        // The end of the client's input does not end the connection; see userEventTriggered.
        pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        SmtpServerDecoder decoder = new SmtpServerDecoder(setup.terms().limits().lines());
        pipeline.addLast("smtp-decoder", decoder);
        pipeline.addLast("reply-encoder", ENCODER);
        pipeline.addLast("smtp-session", new SmtpSessionHandler(setup, decoder));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        lastReply = ctx.newSucceededFuture();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        Channel channel = ctx.channel();
        SessionFacts facts =
                SessionFacts.of(SessionId.next(setup.random()), setup.terms().kind(), channel);
        decoder.repairLineEnds(setup.terms().repairsLineEnds(facts.remote().getAddress()));
        timer = new SessionTimer(channel.eventLoop(), setup.terms().limits().times(), this::timedOut);
        driver = new SessionDriver(setup, facts, channel.eventLoop(), new Connection());
        begun = true;
        Optional<Reply> refusal = driver.enter();
        if (refusal.isPresent()) {
            // The connection is not registered, so it is closed at once; a client that sends before the greeting may
            // miss the reply.
            closing = true;
            decoder.discard();
            refuse(ctx, refusal.get());
        } else if (!setup.terms().kind().isImplicitTls()) {
            begin();
        } else if (!tls.begin(ctx, decoder, () -> {})) {
            // A client that expects TLS would not understand a reply.
            closing = true;
            ctx.close();
        }
        ctx.flush();
    }

    /** A client that expects TLS would not understand a reply in clear. */
    private void refuse(ChannelHandlerContext ctx, Reply refusal) {
        if (setup.terms().kind().isImplicitTls()) {
            ctx.close();
        } else {
            write(refusal).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void begin() {
        timer.start();
        driver.begin();
    }

    private void handshakeEnded(SslHandshakeCompletionEvent handshake) {
        if (!handshake.isSuccess()) {
            // The handler of TLS closes the connection.
            closing = true;
            driver.notSecured(handshake.cause());
        } else if (!closing) {
            decoder.flushEachRead();
            driver.secured(tls.facts(), tls.exporter());
            if (setup.terms().kind().isImplicitTls()) {
                begin();
                context.flush();
            }
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (closing || !(message instanceof SmtpInput input)) {
            ReferenceCountUtil.release(message instanceof SmtpInput.ContentChunk chunk ? chunk.octets() : message);
            return;
        }
        if (input instanceof SmtpInput.ContentChunk chunk) {
            timer.contentCame(chunk.octets().readableBytes());
        } else if (input instanceof SmtpInput.EndOfContent) {
            timer.contentEnded();
        } else if (!(input instanceof SmtpInput.EndOfChunk)) {
            timer.commandEnded();
        }
        driver.received(input);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (begun && !closing) {
            timer.heard(decoder.isWithinCommand());
        }
        // All input of this read is handled or paused now, so replies leave in as few segments as possible (RFC 2920
        // §3.2).
        ctx.flush();
        closeIfAllIsAnswered();
        ctx.fireChannelReadComplete();
    }

    /**
     * Handles the end of the client's input. A client may send all its commands and shut down its output at once, as
     * scripts do; it still gets the reply to every command. A client that shuts down its output after waiting for an
     * answer for some time has timed out (RFC 5321 §4.5.3.2) and will send its message again: the handler closes the
     * connection, so that the message is not stored unless storing has already begun.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            // First the handlers behind, which forget what was before it: the session may ask its first question now.
            ctx.fireUserEventTriggered(event);
            if (begun) {
                handshakeEnded(handshake);
            }
            return;
        }
        if (event instanceof ChannelInputShutdownEvent
                || (event instanceof SslCloseCompletionEvent end && end.isSuccess())) {
            inputEnded = true;
            if (!begun || (!closing && timer.hasWaitedFor(LONGEST_PATIENCE))) {
                ctx.close();
            } else if (closing) {
                lastReply.addListener(ChannelFutureListener.CLOSE);
            } else {
                closeIfAllIsAnswered();
            }
        }
        super.userEventTriggered(ctx, event);
    }

    /**
     * Closes the connection after the end of input once every command is answered; incomplete commands and content
     * cannot be completed any more.
     */
    private void closeIfAllIsAnswered() {
        if (inputEnded && begun && !closing && !decoder.isPaused()) {
            closing = true;
            driver.abandonContent();
            timer.stop();
            lastReply.addListener(ChannelFutureListener.CLOSE);
            context.flush();
        }
    }

    /** Intercepts the route's answer, which handlers behind this one write to the channel. */
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!begun || closing || !driver.isAsking() || !ctx.channel().isActive()) {
            LOG.debug("dropped an answer although no question is open: {}", Printable.text(message));
            ReferenceCountUtil.release(message);
        } else {
            timer.answered();
            driver.answered(message);
        }
        promise.trySuccess();
    }

    private ChannelFuture write(Reply reply) {
        lastReply = context.write(reply);
        return lastReply;
    }

    /** Resumes or pauses the decoder. */
    private void updateFlow() {
        if (closing) {
            return;
        }
        boolean isClientWaiting = driver.isClientWaiting();
        timer.clientWaiting(isClientWaiting);
        // The server reads no further commands of a client that does not read its replies.
        if (isClientWaiting || !context.channel().isWritable()) {
            decoder.pause();
        } else {
            decoder.resume();
        }
    }

    private final class Connection implements SessionTransport {
        @Override
        public void send(Reply reply) {
            write(reply);
        }

        @Override
        public void close(Reply reply) {
            closing = true;
            write(reply).addListener(ChannelFutureListener.CLOSE);
            context.flush();
        }

        @Override
        public void disconnect(List<Reply> replies) {
            closing = true;
            replies.forEach(SmtpSessionHandler.this::write);
            if (context.channel() instanceof DuplexChannel duplex && !inputEnded) {
                // Closing with unread octets would reset the connection, and the client might lose the reply.
                lastReply.addListener(written -> tls.shutdownOutput(duplex));
                timer.leaving();
                decoder.discard();
            } else {
                lastReply.addListener(ChannelFutureListener.CLOSE);
            }
            context.flush();
        }

        @Override
        public void ask(PolicyRequest question) {
            timer.asked();
            updateFlow();
            context.fireChannelRead(question);
        }

        @Override
        public void expectResponse() {
            decoder.expectResponse();
        }

        @Override
        public void expectContent() {
            timer.contentBegun();
            decoder.expectContent();
        }

        @Override
        public void expectChunk(Command.Bdat chunk, boolean isFirst, boolean isBinary) {
            if (isFirst) {
                timer.contentBegun();
            }
            decoder.expectChunk(chunk, isFirst, isBinary);
        }

        @Override
        public void contentEnded() {
            timer.contentEnded();
        }

        @Override
        public void clientNamed(SessionFacts facts) {
            decoder.repairLineEnds(setup.terms().repairsLineEnds(facts.remote().getAddress()));
        }

        @Override
        public boolean startTls(Reply goAhead) {
            return tls.begin(context, decoder, () -> {
                int forgotten = decoder.forgetRest();
                if (forgotten > 0) {
                    LOG.debug("forgot {} octets that came in clear after STARTTLS", forgotten);
                }
                write(goAhead);
                context.flush();
            });
        }

        @Override
        public void updateFlow() {
            SmtpSessionHandler.this.updateFlow();
        }

        @Override
        public boolean isClosing() {
            return closing;
        }
    }

    private void timedOut(String reason) {
        if (closing) {
            context.close();
        } else {
            timer.answered();
            driver.timedOut(reason);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (begun) {
            updateFlow();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (begun) {
            closing = true;
            timer.stop();
            driver.closed();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
        Throwable inner = failure.getCause();
        Throwable cause = failure instanceof DecoderException && inner != null ? inner : failure;
        if (cause instanceof IOException) {
            LOG.debug("connection lost: {}", Printable.text(cause));
            ctx.close();
            return;
        }
        LOG.error("session failed: {}", Printable.text(cause), cause);
        if (begun) {
            driver.failed();
        } else {
            ctx.close();
        }
    }
}
