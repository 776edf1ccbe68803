package dev.caravan.session;

import dev.caravan.codec.ReplyEncoder;
import dev.caravan.codec.SmtpInput;
import dev.caravan.codec.SmtpServerDecoder;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MemoryLease;
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
 * Carries out what a {@link SmtpSession} says on a channel: writes replies, asks the handlers behind it
 * {@link PolicyRequest}s and takes their {@link PolicyResult}s, moves content into its sink, and stops the decoder whenever the
 * client has to wait. It decides nothing about mail. Everything happens on the channel's event loop.
 */
public final class SmtpSessionHandler extends ChannelDuplexHandler {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpSessionHandler.class);
    /** How long a client that ends its side of the connection may have waited for an answer. */
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(10);

    private static final ReplyEncoder ENCODER = new ReplyEncoder();

    private final SessionSetup setup;
    private final SmtpServerDecoder decoder;
    private final SessionRegistry.Member member = this::drainSoon;
    private ChannelHandlerContext context;
    private SmtpSession session;
    private SessionTimer timer;
    private Optional<ContentReceiver> intake = Optional.empty();
    private boolean begun;
    private boolean draining;
    private boolean leaving;
    // The client has ended its side of the connection and may still read ours.
    private boolean inputEnded;
    private ChannelFuture lastReply;
    // What the next reply is about, for the listener.
    private String subject = "connection";
    private String sender = "";

    private SmtpSessionHandler(SessionSetup setup, SmtpServerDecoder decoder) {
        this.setup = setup;
        this.decoder = decoder;
    }

    /** Adds decoder, encoder and session to the end of a pipeline; behind them comes who answers questions. */
    public static void install(ChannelPipeline pipeline, SessionSetup setup) {
        // The end of the client's side is told apart from that of the connection; see userEventTriggered.
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
        begun = true;
        Channel channel = ctx.channel();
        SessionFacts facts = SessionFacts.of(channel);
        session = new SmtpSession(setup.terms(), facts);
        if (setup.terms().repairsLineEnds(facts.remote().getAddress())) {
            decoder.repairLineEnds();
        }
        timer = new SessionTimer(channel.eventLoop(), setup.terms().limits().times(), this::late);
        setup.listener().connected(facts);
        Optional<Reply> refusal = setup.registry().enter(member, facts.remote().getAddress(), replies());
        if (refusal.isPresent()) {
            // It is not counted, so it must not stay: a client that speaks before the greeting may miss the reply.
            leaving = true;
            decoder.discard();
            say(refusal.get()).addListener(ChannelFutureListener.CLOSE);
        } else {
            timer.start();
            perform(session.connected());
        }
        ctx.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (leaving || !(message instanceof SmtpInput input)) {
            ReferenceCountUtil.release(message instanceof SmtpInput.ContentChunk chunk ? chunk.octets() : message);
            return;
        }
        if (input instanceof SmtpInput.ContentChunk chunk) {
            timer.contentCame(chunk.octets().readableBytes());
            intake.orElseThrow().append(chunk.octets());
        } else if (input instanceof SmtpInput.CommandLine line) {
            timer.commandEnded();
            subject = line.text();
            sender = session.sender();
            setup.listener().commandSeen(session.facts(), line.text());
            perform(session.line(line.text()));
        } else if (input instanceof SmtpInput.BadLine line) {
            timer.commandEnded();
            subject = "line";
            sender = session.sender();
            perform(session.refuse(line.refusal()));
        } else if (input instanceof SmtpInput.EndOfContent end) {
            subject = "content";
            sender = session.sender();
            timer.contentEnded();
            intake.orElseThrow().end(end.flaw());
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
        closeIfAllIsAnswered();
        ctx.fireChannelReadComplete();
    }

    /**
     * A client may send all it has to say and end its side at once, as scripts do; it hears the answer to every command.
     * One that ends its side after it has waited for an answer for some time has given up, as RFC 5321 §4.5.3.2 lets it,
     * and sends its mail again: it is taken for gone, so that the mail is not stored if that has not begun.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            if (!begun || (!leaving && timer.hasWaitedFor(LONGEST_PATIENCE))) {
                ctx.close();
            } else if (leaving) {
                lastReply.addListener(ChannelFutureListener.CLOSE);
            } else {
                closeIfAllIsAnswered();
            }
        }
        super.userEventTriggered(ctx, event);
    }

    /** After the end of input there is nobody to wait for; half a command or content is no more than that. */
    private void closeIfAllIsAnswered() {
        if (inputEnded && begun && !leaving && !decoder.isPaused()) {
            leaving = true;
            intake.ifPresent(ContentReceiver::abandon);
            timer.stop();
            lastReply.addListener(ChannelFutureListener.CLOSE);
            context.flush();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!begun || leaving || !session.isAsking() || !ctx.channel().isActive()) {
            LOG.debug("an answer came that nobody waits for: {}", Printable.text(message));
            ReferenceCountUtil.release(message);
        } else if (message instanceof PolicyResult answer) {
            timer.answered();
            perform(session.answered(answer));
        } else {
            // An exception of the route comes as an object; without a reply the client would take the next one for it.
            LOG.error("the route failed on {}: {}", Printable.text(refused()), Printable.text(message));
            LOG.debug("the route failed", message instanceof Throwable failure ? failure : null);
            ReferenceCountUtil.release(message);
            timer.answered();
            perform(session.answered(PolicyResult.of(Replies.OUR_FAULT)));
        }
        promise.trySuccess();
    }

    private void perform(Step step) {
        if (step instanceof Step.Say say) {
            say(say.reply());
            leaveIfDraining();
            regulate();
        } else if (step instanceof Step.Ask ask) {
            timer.asked();
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
            setup.listener().refused(session.facts(), reply, refused());
        }
        lastReply = context.write(reply);
        return lastReply;
    }

    private RefusedCommand refused() {
        return RefusedCommand.of(subject, sender);
    }

    private void expel(List<Reply> replies) {
        if (leaving) {
            return;
        }
        leaving = true;
        intake.ifPresent(ContentReceiver::abandon);
        ChannelFuture last = context.newSucceededFuture();
        for (Reply reply : replies) {
            last = say(reply);
        }
        if (context.channel() instanceof DuplexChannel duplex && !inputEnded) {
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
        boolean ourTurn =
                session.isAsking() || intake.map(ContentReceiver::isWaiting).orElse(false);
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
        try {
            intake =
                    Optional.of(new ContentReceiver(id, setup, context.channel().eventLoop(), new IntakeOwner()));
        } catch (RuntimeException e) {
            perform(session.refuseContent(ContentReceiver.refusalFor(id, e)));
            return;
        }
        timer.contentBegun();
        decoder.expectContent();
        say(goAhead);
    }

    private final class IntakeOwner implements ContentReceiver.Owner {
        @Override
        public void flowChanged() {
            regulate();
        }

        @Override
        public void contentKept(MailId id, Content content, MemoryLease memory) {
            intake = Optional.empty();
            perform(session.contentKept(id, setup.clock().instant(), content, memory));
        }

        @Override
        public void contentRefused(Reply reply) {
            intake = Optional.empty();
            perform(session.refuseContent(reply));
        }
    }

    private void drainSoon() {
        ContentReceiver.executeOn(context.channel().eventLoop(), () -> {
            draining = true;
            leaveIfDraining();
        });
    }

    private void leaveIfDraining() {
        if (draining && !leaving && !session.hasMailInHand() && !session.isAsking()) {
            subject = "connection";
            expel(List.of(replies().shutdown()));
        }
    }

    private void late(String reason) {
        if (leaving) {
            context.close();
        } else if (session.isAsking()) {
            LOG.warn("the route gives {}: {}", reason, Printable.text(refused()));
            timer.answered();
            perform(session.unanswered());
        } else {
            subject = "connection";
            expel(List.of(replies().timeout(reason)));
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
            intake.ifPresent(ContentReceiver::abandon);
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
