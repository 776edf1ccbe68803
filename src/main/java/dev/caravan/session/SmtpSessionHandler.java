package dev.caravan.session;

import dev.caravan.codec.ReplyEncoder;
import dev.caravan.codec.SmtpInput;
import dev.caravan.codec.SmtpServerDecoder;
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
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SMTP connection: gives what the decoder read to a {@link SessionDriver} and writes its replies, passes its
 * {@link PolicyRequest}s to the handlers behind it and takes their {@link PolicyResult}s, stops the decoder whenever the client has
 * to wait, watches the time limits and closes the connection. It decides nothing about mail. Everything happens on the
 * channel's event loop.
 */
public final class SmtpSessionHandler extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpSessionHandler.class);
    /** How long a client that ends its side of the connection may have waited for an answer. */
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(10);

    private static final ReplyEncoder ENCODER = new ReplyEncoder();

    private final SessionSetup setup;
    private final SmtpServerDecoder decoder;
    private ChannelHandlerContext context;
    private SessionDriver driver;
    private SessionTimer timer;
    private boolean begun;
    private boolean closing;
    // The client has ended its side of the connection and may still read ours.
    private boolean inputEnded;
    private ChannelFuture lastReply;

    private SmtpSessionHandler(SessionSetup setup, SmtpServerDecoder decoder) {
        this.setup = setup;
        this.decoder = decoder;
    }

    /** Adds decoder, encoder and session to the end of a pipeline; behind them comes what answers questions. */
    public static void install(ChannelPipeline pipeline, SessionSetup setup) {
        // The end of the client's side is not the end of the connection; see userEventTriggered.
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
        SessionFacts facts = SessionFacts.of(SessionId.next(setup.random()), channel);
        if (setup.terms().repairsLineEnds(facts.remote().getAddress())) {
            decoder.repairLineEnds();
        }
        timer = new SessionTimer(channel.eventLoop(), setup.terms().limits().times(), this::timedOut);
        driver = new SessionDriver(setup, facts, channel.eventLoop(), new Connection());
        begun = true;
        Optional<Reply> refusal = driver.enter();
        if (refusal.isPresent()) {
            // It is not in the registry, so it must not stay: a client that speaks before the greeting may miss the
            // reply.
            closing = true;
            decoder.discard();
            write(refusal.get()).addListener(ChannelFutureListener.CLOSE);
        } else {
            timer.start();
            driver.begin();
        }
        ctx.flush();
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
        } else {
            timer.commandEnded();
        }
        driver.received(input);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (begun && !closing) {
            timer.heard(decoder.isWithinCommand());
        }
        // Here all that came is used or has to wait, so replies leave in as few segments as possible (RFC 2920 §3.2).
        ctx.flush();
        closeIfAllIsAnswered();
        ctx.fireChannelReadComplete();
    }

    /**
     * A client may send all it has to say and end its side at once, as scripts do; it gets the reply to every command.
     * One that ends its side after it has waited for an answer for some time has given up, as RFC 5321 §4.5.3.2 lets it,
     * and sends its message again: its connection is closed, so that the message is not stored if that has not begun.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent) {
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

    /** After the end of input nothing more can come: half a command or content stays half. */
    private void closeIfAllIsAnswered() {
        if (inputEnded && begun && !closing && !decoder.isPaused()) {
            closing = true;
            driver.abandonContent();
            timer.stop();
            lastReply.addListener(ChannelFutureListener.CLOSE);
            context.flush();
        }
    }

    /** Takes the route's answer, which handlers behind this one write to the channel. */
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!begun || closing || !driver.isAsking() || !ctx.channel().isActive()) {
            LOG.debug("dropped an answer to no open question: {}", Printable.text(message));
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

    /** Lets the decoder read on or stops it. */
    private void updateFlow() {
        if (closing) {
            return;
        }
        boolean isClientWaiting = driver.isClientWaiting();
        timer.ourTurn(isClientWaiting);
        // A client that does not read its replies gets no further ones.
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
                // To close with octets unread would reset the connection, and the client might never see why.
                lastReply.addListener(written -> duplex.shutdownOutput());
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
        public void expectContent() {
            timer.contentBegun();
            decoder.expectContent();
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
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
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
