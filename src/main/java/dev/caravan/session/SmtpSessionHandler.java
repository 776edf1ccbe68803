package dev.caravan.session;

import dev.caravan.codec.ReplyEncoder;
import dev.caravan.codec.SmtpInput;
import dev.caravan.codec.SmtpServerDecoder;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what a {@link SmtpSession} says on a channel: writes replies, asks the handlers behind it
 * {@link Question}s and takes their {@link Answer}s, moves content into its sink, and stops the decoder whenever the
 * client has to wait. It decides nothing about mail. Everything happens on the channel's event loop.
 */
public final class SmtpSessionHandler extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpSessionHandler.class);
    private static final ReplyEncoder ENCODER = new ReplyEncoder();

    private final SessionSetup setup;
    private final SmtpServerDecoder decoder;
    private final SessionRegistry.Member member = this::drainSoon;
    private ChannelHandlerContext context;
    private SmtpSession session;
    private SessionTimer timer;
    private Optional<ContentIntake> intake = Optional.empty();
    private boolean begun;
    private boolean waitsForStorage;
    private boolean draining;
    private boolean leaving;
    // What the next reply is about, for the listener.
    private String subject = "connection";

    private SmtpSessionHandler(SessionSetup setup, SmtpServerDecoder decoder) {
        this.setup = setup;
        this.decoder = decoder;
    }

    /** Adds decoder, encoder and session to the end of a pipeline; behind them comes who answers questions. */
    public static void install(ChannelPipeline pipeline, SessionSetup setup) {
        SmtpServerDecoder decoder = new SmtpServerDecoder(setup.terms().limits().lines());
        pipeline.addLast("smtp-decoder", decoder);
        pipeline.addLast("reply-encoder", ENCODER);
        pipeline.addLast("smtp-session", new SmtpSessionHandler(setup, decoder));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (ctx.channel().isActive()) {
            // Later, for who answers questions may be added behind us only now.
            ctx.executor().execute(this::begin);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.fireChannelActive();
        begin();
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        Channel channel = context.channel();
        SessionFacts facts = new SessionFacts(ip(channel.remoteAddress()), ip(channel.localAddress()), "", false);
        session = new SmtpSession(setup.terms(), facts);
        timer = new SessionTimer(channel.eventLoop(), setup.terms().limits().times(), this::late);
        setup.listener().connected(facts);
        Optional<Reply> refusal = setup.registry().enter(member, facts.remote().getAddress(), replies());
        if (refusal.isPresent()) {
            expel(List.of(refusal.get()));
        } else {
            timer.start();
            perform(session.connected());
        }
        context.flush();
    }

    /** A client that is gone before we look has no address. */
    private static InetSocketAddress ip(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress ip && !ip.isUnresolved() ? ip : new InetSocketAddress(0);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (leaving || !(message instanceof SmtpInput input)) {
            ReferenceCountUtil.release(message instanceof SmtpInput.ContentChunk chunk ? chunk.octets() : message);
            return;
        }
        if (input instanceof SmtpInput.ContentChunk chunk) {
            contentCame(chunk.octets());
        } else if (input instanceof SmtpInput.CommandLine line) {
            timer.commandEnded();
            subject = line.text();
            setup.listener().commandSeen(session.facts(), line.text());
            perform(session.line(line.text()));
        } else if (input instanceof SmtpInput.BadLine line) {
            timer.commandEnded();
            subject = "line";
            perform(session.refuse(line.refusal()));
        } else if (input instanceof SmtpInput.EndOfContent end) {
            contentEnded(end.flaw());
        } else {
            throw new AssertionError(input);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (begun && !leaving) {
            timer.heard(decoder.isWithinCommand());
        }
        // Here all that came is used or has to wait, so replies leave in as few segments as may be (RFC 2920 §3.2).
        ctx.flush();
        ctx.fireChannelReadComplete();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!session.isAsking() || leaving || !ctx.channel().isActive()) {
            LOG.debug("an answer came that nobody waits for: {}", Printable.text(message));
            ReferenceCountUtil.release(message);
        } else if (message instanceof Answer answer) {
            perform(session.answered(answer));
        } else {
            // An exception of the route comes as an object; without a reply the client would take the next one for it.
            LOG.error("the route failed on {}: {}", Printable.text(subject), Printable.text(message));
            LOG.debug("the route failed", message instanceof Throwable failure ? failure : null);
            ReferenceCountUtil.release(message);
            perform(session.answered(Answer.of(Replies.OUR_FAULT)));
        }
        promise.trySuccess();
    }

    private void perform(Step step) {
        if (step instanceof Step.Say say) {
            say(say.reply());
            leaveIfDraining();
            regulate();
        } else if (step instanceof Step.Ask ask) {
            regulate();
            context.fireChannelRead(ask.question());
        } else if (step instanceof Step.TakeContent take) {
            takeContent(take.reply());
        } else if (step instanceof Step.Part part) {
            leaving = true;
            say(part.reply()).addListener(ChannelFutureListener.CLOSE);
            context.flush();
        } else if (step instanceof Step.Expel expel) {
            expel(expel.replies());
        } else {
            throw new AssertionError(step);
        }
    }

    private ChannelFuture say(Reply reply) {
        if (!reply.isPositive()) {
            setup.listener().refused(session.facts(), reply, subject);
        }
        return context.write(reply);
    }

    private void expel(List<Reply> replies) {
        if (leaving) {
            return;
        }
        leaving = true;
        abandonContent();
        ChannelFuture last = context.newSucceededFuture();
        for (Reply reply : replies) {
            last = say(reply);
        }
        if (context.channel() instanceof DuplexChannel duplex) {
            // To close with octets unread would reset the connection, and the client might never see why.
            last.addListener(written -> duplex.shutdownOutput());
            timer.leaving();
            decoder.discard();
        } else {
            last.addListener(ChannelFutureListener.CLOSE);
        }
        context.flush();
    }

    /** Lets the decoder go on or makes it stop. */
    private void regulate() {
        if (leaving) {
            return;
        }
        boolean ourTurn = session.isAsking() || waitsForStorage;
        timer.ourTurn(ourTurn);
        // A client that takes no replies gets no further ones.
        if (ourTurn || !context.channel().isWritable()) {
            decoder.pause();
        } else {
            decoder.resume();
        }
    }

    private void takeContent(Reply goAhead) {
        MailId id = MailId.next(setup.clock().instant(), setup.random());
        ContentSink sink;
        try {
            sink = setup.sinks().open(id, () -> onLoop(this::storageReady));
        } catch (RuntimeException e) {
            perform(session.refuseContent(ContentIntake.refusalFor(id, e)));
            return;
        }
        intake = Optional.of(new ContentIntake(id, sink, setup.terms()));
        timer.contentBegun();
        decoder.expectContent();
        say(goAhead);
        regulate();
    }

    private void contentCame(ByteBuf octets) {
        timer.contentCame(octets.readableBytes());
        if (!intake.orElseThrow().append(octets)) {
            waitsForStorage = true;
            regulate();
        }
    }

    private void storageReady() {
        waitsForStorage = false;
        regulate();
    }

    private void contentEnded(Optional<Reply> flaw) {
        subject = "content";
        timer.contentEnded();
        ContentIntake ended = intake.orElseThrow();
        Optional<Reply> refusal = flaw.or(ended::refusal);
        if (refusal.isPresent()) {
            abandonContent();
            perform(session.refuseContent(refusal.get()));
            return;
        }
        waitsForStorage = true;
        regulate();
        ended.finish().whenComplete((content, failure) -> onLoop(() -> contentKept(ended, content, failure)));
    }

    private void contentKept(ContentIntake ended, @Nullable Content content, @Nullable Throwable failure) {
        if (intake.isEmpty() || intake.get() != ended) {
            if (content != null) {
                ended.unclaimed(content);
            }
            return;
        }
        intake = Optional.empty();
        waitsForStorage = false;
        perform(
                content != null
                        ? session.contentKept(ended.id(), setup.clock().instant(), content)
                        : session.refuseContent(ContentIntake.refusalFor(ended.id(), failure)));
    }

    private void abandonContent() {
        intake.ifPresent(ContentIntake::abandon);
        intake = Optional.empty();
    }

    private void drainSoon() {
        onLoop(() -> {
            draining = true;
            leaveIfDraining();
        });
    }

    private void leaveIfDraining() {
        if (draining && !session.hasMailInHand() && !session.isAsking()) {
            subject = "connection";
            expel(List.of(replies().shutdown()));
        }
    }

    private void late(String reason) {
        if (leaving) {
            context.close();
            return;
        }
        subject = "connection";
        expel(List.of(replies().timeout(reason)));
    }

    private void onLoop(Runnable task) {
        EventLoop loop = context.channel().eventLoop();
        if (loop.inEventLoop()) {
            task.run();
            return;
        }
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the event loop is gone, and with it the session");
        }
    }

    private Replies replies() {
        return setup.terms().replies();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (begun) {
            regulate();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (begun) {
            leaving = true;
            timer.stop();
            abandonContent();
            setup.registry().leave(member, session.facts().remote().getAddress());
            setup.listener().closed(session.facts());
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
        subject = "connection";
        expel(List.of(replies().broken()));
    }
}
