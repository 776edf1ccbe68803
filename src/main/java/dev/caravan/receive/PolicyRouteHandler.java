package dev.caravan.receive;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Domain;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import dev.caravan.mail.ReversePath;
import dev.caravan.session.Disposition;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.ConnectionQuestion;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.PolicyRequest.SenderQuestion;
import dev.caravan.session.PolicyResult;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionScope;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.handlers.ServerChannelHandler;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * Passes a session's questions to the policy routes: each question becomes an exchange, and the completed exchange
 * becomes the answer. A route gets the typed question as body and a fixed set of headers; no input from the network
 * becomes a header name. A route begins on the event loop; {@link StepThreads} moves it to another thread before a step
 * that may block. A session has at most one open question.
 */
final class PolicyRouteHandler extends ServerChannelHandler {
    private final PolicyReplies replies;
    private volatile SessionScope scope = new SessionScope();
    private volatile String remoteAddress = "";
    /**
     * The reason why all messages of the connection are held, and below it that of the current message. Volatile,
     * because each request may run on another thread.
     */
    private volatile Optional<Hold> connectionHold = Optional.empty();

    private volatile Optional<Hold> messageHold = Optional.empty();

    PolicyRouteHandler(NettyConsumer consumer, PolicyReplies replies) {
        super(consumer);
        this.replies = replies;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object question) {
        try {
            super.channelRead0(ctx, question);
        } catch (Exception e) {
            giveMemoryBack(question);
            // Any object other than a PolicyResult becomes 451.
            ctx.channel().writeAndFlush(e);
        }
    }

    private static void giveMemoryBack(Object question) {
        if (question instanceof MailQuestion mail) {
            mail.memory().close();
        }
    }

    private void forget() {
        scope.close();
        scope = new SessionScope();
        remoteAddress = "";
    }

    /** Results from before a TLS handshake are forgotten (RFC 3207 §4.2). */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent) {
            forget();
        }
        super.userEventTriggered(ctx, event);
    }

    /**
     * A message that waits in a route is not stored any more: its answer could not be sent, and the client sends it again.
     */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        scope.close();
        super.channelInactive(ctx);
    }

    @Override
    protected Exchange createExchange(ChannelHandlerContext ctx, Object message) throws Exception {
        Exchange exchange = super.createExchange(ctx, message);
        PolicyRequest question = (PolicyRequest) message;
        if (question instanceof ConnectionQuestion && !remoteAddress.isEmpty()) {
            // A proxy has named its client, which has nothing in common with the client before.
            forget();
            messageHold = Optional.empty();
        }
        MailExchange.of(exchange).begin(question);
        MailExchange.of(exchange).session(scope);
        Message in = exchange.getIn();
        SessionFacts facts = question.facts();
        if (remoteAddress.isEmpty()) {
            remoteAddress = facts.remote().getAddress().getHostAddress();
        }
        in.setHeader("remoteAddress", remoteAddress);
        in.setHeader("sessionId", facts.id().text());
        in.setHeader("role", facts.kind().role());
        in.setHeader("user", facts.user());
        in.setHeader("helo", facts.helo());
        if (question instanceof SenderQuestion sender) {
            messageHold = Optional.empty();
            in.setHeader("stage", "sender");
            setSender(in, sender.reversePath());
            sender.declaredSize().ifPresent(size -> in.setHeader("size", size));
        } else if (question instanceof RecipientQuestion recipient) {
            in.setHeader("stage", "recipient");
            setSender(in, recipient.reversePath());
            ForwardPath path = recipient.recipient().path();
            in.setHeader("recipient", path.address());
            in.setHeader("recipientDomain", path.domain().key());
        } else if (question instanceof MailQuestion mail) {
            if (mail.disposition() == Disposition.HOLD) {
                connectionHold.or(() -> messageHold).ifPresent(MailExchange.of(exchange)::hold);
            }
            in.setHeader("stage", "mail");
            Envelope envelope = mail.mail().envelope();
            setSender(in, envelope.reversePath());
            in.setHeader("recipients", envelope.recipients().size());
            in.setHeader("size", mail.mail().content().size());
            in.setHeader("mailId", mail.mail().id().text());
            exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
                @Override
                public void onDone(Exchange done) {
                    giveMemoryBack(mail);
                }
            });
        } else if (question instanceof ConnectionQuestion) {
            in.setHeader("stage", "connection");
        } else {
            throw new AssertionError(question);
        }
        return exchange;
    }

    private static void setSender(Message in, ReversePath path) {
        in.setHeader("sender", path.address());
        in.setHeader(
                "senderDomain",
                path.mailbox().map(mailbox -> mailbox.domain()).map(Domain::key).orElse(""));
    }

    @Override
    protected Object getResponseBody(Exchange exchange) {
        PolicyRequest request = MailExchange.of(exchange).requireRequest();
        PolicyResult result = replies.from(request, exchange);
        if (result.reply().isPositive()) {
            note(request, MailExchange.of(exchange).hold());
        }
        return result;
    }

    /** Keeps the reason of the first rule that holds the message until its content has arrived. */
    private void note(PolicyRequest request, Optional<Hold> hold) {
        if (request instanceof SenderQuestion || request instanceof RecipientQuestion) {
            messageHold = messageHold.or(() -> hold);
        } else if (!(request instanceof MailQuestion)) {
            connectionHold = hold;
        }
    }
}
