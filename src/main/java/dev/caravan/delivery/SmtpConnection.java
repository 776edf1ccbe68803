package dev.caravan.delivery;

import dev.caravan.codec.ClientReplyDecoder;
import dev.caravan.codec.StrayLine;
import dev.caravan.delivery.AttemptProgress.Stage;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Printable;
import dev.caravan.net.TlsPolicy;
import dev.caravan.smtp.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a server: it passes replies from the decoder to {@link ClientOpening} and {@link ClientDialogue}
 * and carries out their steps. It sends one message after another; all its state belongs to the event loop.
 */
final class SmtpConnection extends SimpleChannelInboundHandler<Object> implements ContentWriter.Listener {
    private enum Phase {
        OPENING,
        TALKING,
        SENDING,
        IDLE,
        QUITTING
    }

    private static final Logger LOG = LoggerFactory.getLogger(SmtpConnection.class);
    private static final HostReport NOTHING_SETTLED = new HostReport(List.of());
    private static final int MAX_STRAY = 200;
    private static final Duration PATIENCE_AFTER_QUIT = Duration.ofSeconds(5);
    /**
     * How long to wait after a stray line: a notice may come before a reply, but a server that sends nothing else gets
     * little time.
     */
    private static final Duration PATIENCE_AFTER_STRAY_LINE = Duration.ofMinutes(1);

    private final SmtpClientContext shared;
    private final ClientReplyDecoder replies;
    private final ClientOpening opening;
    private final ConnectionKey key;
    private Phase phase = Phase.OPENING;
    private PeerExtensions extensions = PeerExtensions.NONE;
    private @Nullable SendRequest job;
    private @Nullable ClientDialogue dialogue;
    private @Nullable ContentWriter writer;
    private @Nullable SmtpChannel wire;
    private int messages;
    private String stray = "";
    private final Optional<ConnectionTls> tls;
    private TlsUse use = TlsUse.NONE;

    /**
     * A connection that is opened for a message.
     *
     * @param replies the decoder, before it in the pipeline.
     * @param tls the client's side of TLS; empty if it is not to be tried.
     * @param clearBecause why TLS is not to be tried, although the policy allows it.
     */
    SmtpConnection(
            SmtpClientContext shared,
            ClientReplyDecoder replies,
            SendRequest first,
            Optional<ConnectionTls> tls,
            Optional<String> clearBecause) {
        this.shared = shared;
        this.replies = replies;
        this.opening = new ClientOpening(shared.us(), first.target(), clearBecause, SmtpClientContext::nonce);
        this.key = first.target().key();
        this.job = first;
        this.tls = tls;
    }

    /** Sends another message on an idle connection; called from any thread. */
    void send(SendRequest next) {
        try {
            wire().loop().execute(() -> {
                if (phase == Phase.IDLE) {
                    job = next;
                    begin(next);
                    next.progress().onGivenUp(() -> giveUp(next));
                } else {
                    next.connectionWasStale(NOTHING_SETTLED);
                }
            });
        } catch (RejectedExecutionException e) {
            next.connectionWasStale(NOTHING_SETTLED);
        }
    }

    /** Ends an idle connection; called from any thread. */
    void quit() {
        try {
            wire().loop().execute(this::sendQuit);
        } catch (RejectedExecutionException e) {
            LOG.trace("the connection ends with its event loop", e);
        }
    }

    private SmtpChannel wire() {
        if (wire == null) {
            throw new AssertionError("connection used before it was made");
        }
        return wire;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        wire = new SmtpChannel(added, shared.timeouts().shortest(), this::late);
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        SendRequest first = job();
        first.at(Stage.GREETING);
        first.progress().onGivenUp(() -> giveUp(first));
        wire().deadlines().start(shared.timeouts().greeting(), shared.timeouts().conversation());
    }

    /** Ends the attempt before the final dot; called from any thread. */
    private void giveUp(SendRequest given) {
        try {
            wire().loop().execute(() -> {
                if (job == given && (dialogue == null || !dialogue.isAwaitingVerdict())) {
                    leave(
                            dialogue == null
                                    ? HostReport.notAttempted(given.recipients(), SmtpClient.GIVEN_UP)
                                            .unreached()
                                    : dialogue.givenUp(SmtpClient.GIVEN_UP));
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("the event loop has ended, and the request with it: {}", e.toString());
        }
    }

    private void late() {
        if (phase == Phase.IDLE) {
            shared.idle().remove(key, this);
            sendQuit();
        } else {
            fail("4.4.2", "timed out");
        }
    }

    private void wait(Duration patience) {
        wire().deadlines().await(patience);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext from, Object heard) {
        LOG.debug("{} heard {}", from.channel(), heard);
        if (phase == Phase.IDLE || phase == Phase.QUITTING) {
            // No command is open: the server is about to close the connection, or is broken.
            from.close();
        } else if (heard instanceof Reply reply) {
            stray = "";
            carryOut(phase == Phase.OPENING ? opening.heard(reply) : heardInDialogue(reply));
        } else {
            heardStray(Printable.line(((StrayLine) heard).text(), MAX_STRAY));
        }
    }

    private ClientStep heardInDialogue(Reply reply) {
        ClientDialogue talk = dialogue();
        boolean wasAwaiting = talk.isAwaitingVerdict();
        ClientStep step = talk.heard(reply);
        if (wasAwaiting && !(step instanceof ClientStep.Wait)) {
            job().progress().answered(reply.isPositive());
            if (job().progress().isGivenUp()) {
                // If this was the last transaction, the request is done before that.
                giveUp(job());
            }
        }
        return step;
    }

    private void heardStray(String line) {
        stray = stray.isEmpty() ? line : stray;
        ClientStep step =
                phase == Phase.OPENING ? new ClientStep.Wait() : dialogue().heardStray(line);
        if (step instanceof ClientStep.Wait) {
            wire().deadlines().awaitAtMost(PATIENCE_AFTER_STRAY_LINE);
        } else {
            carryOut(step);
        }
    }

    private ClientDialogue dialogue() {
        if (dialogue == null) {
            throw new AssertionError("no mail on this connection");
        }
        return dialogue;
    }

    private SendRequest job() {
        if (job == null) {
            throw new AssertionError("no mail on this connection");
        }
        return job;
    }

    private void begin(SendRequest next) {
        phase = Phase.TALKING;
        next.at(Stage.RECIPIENTS);
        messages++;
        String mta = next.target().mta();
        Optional<FittedMail> form = FittedMail.atOnce(next.mail(), extensions);
        dialogue = new ClientDialogue(form.orElseGet(() -> FittedMail.unchanged(next.mail())), mta, extensions);
        wire().deadlines().awaitWhole(shared.timeouts().conversation());
        if (form.isPresent()) {
            carryOut(dialogue.start());
            return;
        }
        wait(shared.timeouts().block());
        shared.fitted(next.mail(), extensions, mta)
                .whenCompleteAsync(
                        (fitted, failure) -> {
                            if (job != next) {
                                return;
                            }
                            if (failure == null) {
                                dialogue = new ClientDialogue(fitted, mta, extensions);
                                carryOut(dialogue().start());
                            } else {
                                contentUnreadable(new IOException(failure));
                            }
                        },
                        wire().loop());
    }

    private void carryOut(ClientStep step) {
        if (step instanceof ClientStep.Send send) {
            job().at(phase == Phase.OPENING ? Stage.EHLO : Stage.RECIPIENTS);
            wire().send(send.lines());
            wait(patience());
        } else if (step instanceof ClientStep.Wait) {
            wait(patience());
        } else if (step instanceof ClientStep.SendContent) {
            phase = Phase.SENDING;
            job().at(Stage.CONTENT);
            wait(shared.timeouts().block());
            writer = new ContentWriter(wire().channel(), dialogue().form(), shared.reads(), this);
            writer.pump();
        } else if (step instanceof ClientStep.StartTls) {
            startTls();
        } else if (step instanceof ClientStep.Calculate calculate) {
            calculate(calculate.next());
        } else if (step instanceof ClientStep.Unmet unmet) {
            use = use.version().isPresent()
                    ? use
                    : TlsUse.clear(unmet.diagnosis().line());
            finished(
                    HostReport.deferred(job().recipients(), unmet.diagnosis(), false)
                            .unreached(),
                    false);
        } else if (step instanceof ClientStep.LoginRefused refused) {
            loginRefused(refused);
        } else if (step instanceof ClientStep.Open open) {
            extensions = open.extensions();
            use = use.version().isPresent() ? use : TlsUse.clear(opening.note());
            begin(job());
        } else if (step instanceof ClientStep.Refused refused) {
            Diagnosis diagnosis =
                    HostReport.diagnosis(refused.reply(), job().target().mta(), refused.answered());
            finished(HostReport.refused(job().recipients(), diagnosis).unreached(), false);
        } else if (step instanceof ClientStep.Broken broken) {
            fail("4.5.0", broken.words());
        } else if (step instanceof ClientStep.Finished finished) {
            finished(finished.report(), finished.isReusable());
        } else {
            throw new AssertionError(step);
        }
    }

    private void startTls() {
        if (replies.hasUnread()) {
            // Whoever is between us and the host wrote this for the session under TLS (RFC 3207 §6).
            tlsFailed("octets in clear after the reply to STARTTLS");
            return;
        }
        wait(patience());
        try {
            wire().channel()
                    .pipeline()
                    .addFirst(tls.orElseThrow().handler(wire().channel().alloc()));
        } catch (IllegalArgumentException e) {
            tlsFailed(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext from, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && phase == Phase.OPENING && tls.isPresent()) {
            if (handshake.isSuccess()) {
                handshakeDone(
                        tls.get(),
                        from.pipeline().get(SslHandler.class).engine().getSession());
            } else {
                tlsFailed(ConnectionTls.reason(handshake.cause()));
            }
        }
        from.fireUserEventTriggered(event);
    }

    private void handshakeDone(ConnectionTls present, SSLSession session) {
        Optional<String> mismatch = present.mismatch(session);
        use = new TlsUse(
                Optional.of(session.getProtocol()),
                Optional.of(session.getCipherSuite()),
                job().target().tls().level() == TlsPolicy.Level.VERIFY && mismatch.isEmpty(),
                mismatch.orElse(""));
        if (mismatch.isPresent()) {
            tlsFailed(mismatch.get());
            return;
        }
        stray = "";
        carryOut(opening.secured());
    }

    /** TLS could not begin: where it is not required, the message may go in clear on another connection. */
    private void tlsFailed(String reason) {
        SendRequest present = job();
        if (present.target().tls().isRequired()) {
            Diagnosis diagnosis = Diagnosis.ours("4.7.5", "TLS with " + present.target() + " failed: " + reason);
            use = use.version().isPresent() ? use : TlsUse.clear(reason);
            leave(HostReport.deferred(present.recipients(), diagnosis, false).unreached());
        } else {
            job = null;
            drop();
            present.tlsFailed(reason);
        }
    }

    private void calculate(Supplier<ClientStep> next) {
        SendRequest present = job();
        wait(patience());
        try {
            CompletableFuture.supplyAsync(next, shared.reads())
                    .whenCompleteAsync(
                            (step, failure) -> {
                                if (job == present && phase == Phase.OPENING) {
                                    carryOut(
                                            failure == null
                                                    ? step
                                                    : new ClientStep.Broken("login failed here: " + failure));
                                }
                            },
                            wire().loop());
        } catch (RejectedExecutionException e) {
            fail("4.3.2", "closed by this server");
        }
    }

    private void loginRefused(ClientStep.LoginRefused refused) {
        Diagnosis diagnosis = refused.reply()
                .map(reply -> HostReport.diagnosis(reply, 4, job().target().mta(), "AUTH"))
                .orElseGet(() -> Diagnosis.ours("4.7.0", refused.words()));
        HostReport report = HostReport.deferred(job().recipients(), diagnosis, false)
                .unreached()
                .loginRefused(refused.words());
        if (refused.reply().isPresent()) {
            finished(report, false);
        } else {
            // Within an exchange QUIT would be taken as a response.
            leave(report);
        }
    }

    private Duration patience() {
        return phase == Phase.OPENING
                ? shared.timeouts().greeting()
                : dialogue().patience(shared.timeouts());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (phase == Phase.SENDING && writer != null && changed.channel().isWritable()) {
            contentMoves();
            writer.pump();
        }
    }

    @Override
    public void contentMoves() {
        wait(shared.timeouts().block());
    }

    @Override
    public boolean mayEnd() {
        SendRequest present = job();
        boolean mayEnd = present.progress().mayEndContent();
        if (!mayEnd) {
            giveUp(present);
        }
        return mayEnd;
    }

    @Override
    public void contentSent() {
        job().at(Stage.AWAITING_LAST_REPLY);
        dialogue().contentSent();
        stray = "";
        writer = null;
        phase = Phase.TALKING;
        wait(patience());
    }

    @Override
    public void contentUnreadable(Exception cause) {
        LOG.error("{} content cannot be read, mail is deferred", job().mail().content(), cause);
        Diagnosis diagnosis = Diagnosis.ours("4.3.0", "the mail's content could not be read here");
        leave(dialogue().lost(diagnosis, true));
    }

    private void finished(HostReport report, boolean isReusable) {
        // Within content QUIT would be taken as content.
        boolean mustDrop = phase == Phase.SENDING;
        int most = Math.min(shared.reuse().messagesPerConnection(), job().messagesPerConnection());
        extensions = dialogue == null ? extensions : extensions.after(dialogue.transactions());
        Runnable news = release(report, isReusable);
        if (mustDrop) {
            drop();
        } else if (isReusable && messages < most && extensions.limits().allowsAnother()) {
            phase = Phase.IDLE;
            wait(shared.reuse().idle());
            wire().deadlines().awaitWhole(shared.reuse().idle());
            shared.idle().offer(key, this).ifPresent(SmtpConnection::quit);
        } else {
            sendQuit();
        }
        news.run();
    }

    private void leave(HostReport report) {
        Runnable news = release(report, false);
        drop();
        news.run();
    }

    private void drop() {
        phase = Phase.QUITTING;
        wire().close();
    }

    /** Releases the message; the request gets its result when the state of the connection is decided. */
    private Runnable release(HostReport report, boolean isReusable) {
        SendRequest done = job();
        // Without a reply to the final dot the host may have the message.
        done.progress().answered(true);
        // A used connection may be closed or refused because of earlier messages. Nothing has happened yet: try a new
        // connection.
        Optional<HostReport> settled = isReusable || dialogue == null
                ? Optional.empty()
                : dialogue.settledBeforeCut().filter(done::isStale);
        if (writer != null) {
            writer.cancel();
        }
        writer = null;
        job = null;
        dialogue = null;
        HostReport whole = report.over(use);
        return settled.<Runnable>map(known -> () -> done.connectionWasStale(known))
                .orElse(() -> done.complete(whole));
    }

    private void sendQuit() {
        if (phase != Phase.QUITTING) {
            phase = Phase.QUITTING;
            wait(PATIENCE_AFTER_QUIT);
            wire().sendQuit();
        }
    }

    /** The connection cannot be used any longer; the result of the message depends on its state. */
    private void fail(String status, String words) {
        if (job == null) {
            wire().close();
            return;
        }
        if (phase == Phase.OPENING && opening.isBeginningTls()) {
            tlsFailed(words + " while waiting for " + opening.awaited());
            return;
        }
        String awaited = dialogue == null ? opening.awaited() : dialogue.awaited();
        String instead = stray.isEmpty() ? "" : ", after the line \"" + stray + "\", which is not a reply";
        Diagnosis diagnosis = Diagnosis.ours(
                stray.isEmpty() ? status : "4.5.0",
                "connection to " + job.target() + ": " + words + " while waiting for " + awaited + instead);
        if (dialogue == null) {
            leave(HostReport.deferred(job.recipients(), diagnosis, false).unreached());
        } else if (dialogue.isAwaitingVerdict()) {
            leave(dialogue.lostAwaitingVerdict(replies.unfinished(), replies.unfinishedLine(), diagnosis));
        } else {
            leave(dialogue.lost(diagnosis, false));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        wire().deadlines().stop();
        if (phase == Phase.IDLE) {
            shared.idle().remove(key, this);
            phase = Phase.QUITTING;
        }
        fail("4.4.2", "lost");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (cause instanceof DecoderException) {
            fail("4.5.0", String.valueOf(cause.getMessage()));
        } else {
            if (!(cause instanceof IOException)) {
                LOG.error("{} unforeseen", from.channel(), cause);
            }
            fail("4.4.2", "lost (" + cause.getMessage() + ")");
        }
    }
}
