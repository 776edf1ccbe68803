package dev.caravan.session;

import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.LoginQuestion;
import dev.caravan.codec.SmtpInput;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MemoryLease;
import dev.caravan.smtp.Command;
import dev.caravan.smtp.Reply;
import dev.caravan.tls.TlsFacts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link SmtpSession}: passes it the input and the route's answers, and carries out its {@link Step}s over a
 * {@link SessionTransport}. Moves content into its sink, reports refusals, and ends the session when the server drains.
 * Does not depend on Netty's pipeline. All methods are called on the event loop of the connection, unless stated
 * otherwise.
 */
final class SessionDriver {
    private static final Logger LOG = LoggerFactory.getLogger(SessionDriver.class);
    private static final String CONNECTION = "connection";

    private final SessionSetup setup;
    private final SessionTransport transport;
    private final EventLoop loop;
    private final SmtpSession session;
    private final SessionRegistry.Member member = new Registered();
    private Optional<ContentReceiver> intake = Optional.empty();
    /** The chunk that is being read; empty while there is none. */
    private Optional<Chunk> chunk = Optional.empty();

    private boolean draining;
    /** The authenticator is being asked. */
    private boolean verifying;

    private boolean isOver;
    private volatile Grant grant = Grant.LASTING;
    private boolean revoked;
    // What the next reply answers, for the listener.
    private String subject = CONNECTION;
    private String sender = "";

    /**
     * A chunk.
     *
     * @param refusal the reply to it, if it is dropped.
     */
    private record Chunk(Command.Bdat size, Optional<Reply> refusal) {}

    SessionDriver(SessionSetup setup, SessionFacts facts, EventLoop loop, SessionTransport transport) {
        this.setup = setup;
        this.transport = transport;
        this.loop = loop;
        this.session = new SmtpSession(setup.terms(), facts);
    }

    /**
     * Enters the session into the registry.
     *
     * @return the only reply that the client gets if there are too many sessions; empty if the session may begin.
     */
    Optional<Reply> enter() {
        setup.listener().connected(session.facts());
        Optional<Reply> refusal =
                setup.registry().enter(member, session.facts().remote().getAddress(), replies());
        refusal.ifPresent(this::report);
        return refusal;
    }

    /** Begins the session. */
    void begin() {
        perform(session.connected());
    }

    /** Handles input of the client. */
    void received(SmtpInput input) {
        if (input instanceof SmtpInput.ContentChunk octets) {
            content(octets.octets());
        } else if (input instanceof SmtpInput.CommandLine line) {
            // A line of a SASL exchange is a secret.
            concerns(session.isAuthenticating() ? "AUTH" : line.text());
            perform(session.line(line.text(), setup.clock().instant()));
            if (intake.isPresent() && !session.hasMailInHand()) {
                // RSET, EHLO or HELO after a chunk that was not the last.
                abandonContent();
                intake = Optional.empty();
                transport.contentEnded();
            }
        } else if (input instanceof SmtpInput.BadLine line) {
            concerns(session.isAuthenticating() ? "AUTH" : "line");
            perform(session.badLine(line.refusal()));
        } else if (input instanceof SmtpInput.EndOfContent end) {
            concerns("content");
            intake.orElseThrow().end(end.flaw());
        } else if (input instanceof SmtpInput.EndOfChunk end) {
            concerns("content");
            endOfChunk(end.flaw());
        } else {
            throw new AssertionError(input);
        }
    }

    private void content(ByteBuf octets) {
        if (intake.isPresent()) {
            intake.get().append(octets);
        } else {
            octets.release();
        }
    }

    private void endOfChunk(Optional<Reply> flaw) {
        Chunk read = chunk.orElseThrow();
        chunk = Optional.empty();
        if (read.size().isLast() || read.refusal().isPresent()) {
            transport.contentEnded();
        }
        if (read.refusal().isPresent()) {
            perform(session.refuse(read.refusal().get()));
        } else if (read.size().isLast()) {
            intake.orElseThrow().end(flaw);
        } else if (flaw.isPresent() || intake.orElseThrow().isGivenUp()) {
            transport.contentEnded();
            // The content is refused as a whole; chunks that follow belong to no transaction.
            intake.orElseThrow().end(flaw);
        } else {
            perform(new Step.SendReply(Replies.chunkKept(read.size().octets())));
        }
    }

    /**
     * Handles the route's answer; {@link #isAsking()} must be true.
     *
     * @param message a {@link PolicyResult}; anything else, such as the exception of a route, is a fault of the server.
     */
    void answered(Object message) {
        if (message instanceof PolicyResult answer) {
            perform(session.answered(answer));
            return;
        }
        // Without a reply the client would take the next one for the reply to this command.
        LOG.error("the route failed on {}: {}", Printable.text(refused()), Printable.text(message));
        LOG.debug("the route failed", message instanceof Throwable failure ? failure : null);
        ReferenceCountUtil.release(message);
        perform(session.answered(PolicyResult.of(Replies.OUR_FAULT)));
    }

    /**
     * A TLS handshake succeeded; all that the client said before is forgotten.
     *
     * @param exporter what binds a login to the connection (RFC 9266); empty if the library cannot tell.
     */
    void secured(TlsFacts handshake, Optional<byte[]> exporter) {
        abandonContent();
        intake = Optional.empty();
        chunk = Optional.empty();
        transport.contentEnded();
        session.secured(handshake, exporter);
        subject = CONNECTION;
        sender = "";
        LOG.debug("session {} has TLS: {}", session.facts().id().text(), handshake);
        setup.listener().secured(session.facts());
    }

    /** A TLS handshake failed; the connection is about to be closed. */
    void notSecured(Throwable why) {
        String words = Printable.text(why);
        LOG.debug(
                "session {}: the TLS handshake failed: {}", session.facts().id().text(), words);
        setup.listener().notSecured(session.facts(), words);
    }

    /** A time limit has passed: the route did not answer, or the client was silent or too slow. */
    void timedOut(String reason) {
        if (session.isAsking()) {
            LOG.warn("the route timed out, {}: {}", reason, Printable.text(refused()));
            perform(session.unanswered());
        } else {
            subject = CONNECTION;
            disconnect(List.of(replies().timeout(reason)));
        }
    }

    /** Ends the session after a failure for which there is no specific reply. */
    void failed() {
        subject = CONNECTION;
        disconnect(List.of(replies().broken()));
    }

    /** Discards the content that is being received; no reply to it is sent. */
    void abandonContent() {
        intake.ifPresent(ContentReceiver::abandon);
    }

    /** The connection is closed. */
    void closed() {
        isOver = true;
        abandonContent();
        setup.registry().leave(member, session.facts().remote().getAddress());
        setup.listener().closed(session.facts());
    }

    /** Whether a question to the route is open. */
    boolean isAsking() {
        return session.isAsking();
    }

    /** Whether the client waits for the server: for the route's answer, or until its content is stored. */
    boolean isClientWaiting() {
        return session.isAsking()
                || verifying
                || intake.map(ContentReceiver::isWaiting).orElse(false);
    }

    private void perform(Step step) {
        if (step instanceof Step.SendReply reply) {
            send(reply.reply());
            leaveIfRevoked();
            leaveIfDraining();
            transport.updateFlow();
        } else if (step instanceof Step.Challenge challenge) {
            transport.expectResponse();
            send(challenge.reply());
            leaveIfDraining();
            transport.updateFlow();
        } else if (step instanceof Step.Verify verify) {
            verify(verify.question());
        } else if (step instanceof Step.LoggedIn login) {
            grant = login.grant();
            setup.listener().loggedIn(session.facts());
            perform(new Step.SendReply(login.reply()));
        } else if (step instanceof Step.LoginFailed failed) {
            setup.listener().loginFailed(session.facts(), failed.user(), failed.mechanism(), failed.why());
            perform(failed.then());
        } else if (step instanceof Step.AskPolicy ask) {
            transport.ask(ask.question());
        } else if (step instanceof Step.ReceiveContent content) {
            receiveContent(content.reply());
        } else if (step instanceof Step.ReceiveChunk part) {
            receiveChunk(part);
        } else if (step instanceof Step.DropChunk part) {
            chunk = Optional.of(new Chunk(part.chunk(), Optional.of(part.refusal())));
            transport.expectChunk(part.chunk(), true, true);
        } else if (step instanceof Step.StartTls tls) {
            if (!transport.startTls(tls.reply())) {
                perform(session.refuse(Replies.NO_TLS_NOW));
            }
        } else if (step instanceof Step.Restart restart) {
            restart(restart.before());
        } else if (step instanceof Step.Close close) {
            report(close.reply());
            transport.close(close.reply());
        } else if (step instanceof Step.Disconnect disconnect) {
            disconnect(disconnect.replies());
        } else {
            throw new AssertionError(step);
        }
    }

    /** The session counts as one of the client that the proxy has named. */
    private void restart(InetAddress before) {
        SessionFacts facts = session.facts();
        setup.registry().leave(member, before);
        Optional<Reply> refusal = setup.registry().enter(member, facts.remote().getAddress(), replies());
        subject = CONNECTION;
        if (refusal.isPresent()) {
            disconnect(List.of(refusal.get()));
        } else {
            transport.clientNamed(facts);
            perform(session.connected());
        }
    }

    private void verify(LoginQuestion question) {
        verifying = true;
        transport.updateFlow();
        CompletionStage<LoginAnswer> answer;
        try {
            answer = setup.terms().auth().authenticator().ask(question);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete((got, failure) -> ContentReceiver.executeOn(loop, () -> {
            if (failure != null) {
                LOG.error("the authenticator failed: {}", Printable.text(failure));
            }
            verified(failure == null ? got : new LoginAnswer.Refused(LoginFailure.UNAVAILABLE));
        }));
    }

    private void verified(LoginAnswer answer) {
        verifying = false;
        if (!isOver && !transport.isClosing()) {
            perform(session.verified(answer));
        }
    }

    private void send(Reply reply) {
        report(reply);
        transport.send(reply);
    }

    private void disconnect(List<Reply> replies) {
        if (transport.isClosing()) {
            return;
        }
        abandonContent();
        replies.forEach(this::report);
        transport.disconnect(replies);
    }

    private void concerns(String what) {
        subject = what;
        sender = session.sender();
    }

    private void report(Reply reply) {
        if (!reply.isPositive()) {
            setup.listener().refused(session.facts(), reply, refused());
        }
    }

    private RefusedCommand refused() {
        return RefusedCommand.of(subject, sender);
    }

    private void receiveContent(Reply goAhead) {
        Optional<Reply> refusal = open();
        if (refusal.isPresent()) {
            perform(session.refuseContent(refusal.get()));
            return;
        }
        transport.expectContent();
        send(goAhead);
    }

    private void receiveChunk(Step.ReceiveChunk part) {
        Optional<Reply> refusal = part.isFirst() ? open() : Optional.empty();
        if (refusal.isPresent()) {
            session.endTransaction();
        }
        chunk = Optional.of(new Chunk(part.chunk(), refusal));
        transport.expectChunk(part.chunk(), part.isFirst(), part.isBinary());
    }

    /** Opens a sink for content; returns the refusal if that fails. */
    private Optional<Reply> open() {
        MailId id = MailId.next(setup.clock().instant(), setup.random());
        try {
            intake = Optional.of(new ContentReceiver(id, setup, loop, new IntakeOwner()));
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(ContentReceiver.refusalFor(id, e));
        }
    }

    private final class IntakeOwner implements ContentReceiver.Owner {
        @Override
        public void flowChanged() {
            transport.updateFlow();
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

    /** Called on any thread. */
    private final class Registered implements SessionRegistry.Member {
        @Override
        public void drain() {
            ContentReceiver.executeOn(loop, () -> {
                draining = true;
                leaveIfDraining();
            });
        }

        @Override
        public void review() {
            if (grant.isRevoked()) {
                ContentReceiver.executeOn(loop, () -> {
                    revoked = true;
                    leaveIfRevoked();
                });
            }
        }
    }

    /**
     * Ends a session whose login has been revoked: at once, or after the answer of the route; a message that is not
     * complete yet is not accepted any more.
     */
    private void leaveIfRevoked() {
        if (revoked
                && !isOver
                && !transport.isClosing()
                && !session.isAsking()
                && session.facts().identity().isPresent()
                && !intake.map(ContentReceiver::isFinishing).orElse(false)) {
            subject = CONNECTION;
            disconnect(List.of(replies().revoked()));
        }
    }

    private void leaveIfDraining() {
        if (draining && !transport.isClosing() && !session.hasMailInHand() && !session.isAsking()) {
            subject = CONNECTION;
            disconnect(List.of(replies().shutdown()));
        }
    }

    private Replies replies() {
        return setup.terms().replies();
    }
}
