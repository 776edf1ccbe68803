package dev.caravan.camel;

import dev.caravan.session.SmtpSessionHandler;
import io.netty.channel.Channel;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.ServerInitializerFactory;

/** Builds the pipeline of each SMTP connection: decoder, session, route. */
public final class SmtpServerFactory extends ServerInitializerFactory {
    private final Supplier<SmtpSessionHandler> sessions;
    private final Executor routes;
    private final Answers answers;
    private final NettyConsumer consumer;

    public SmtpServerFactory(Supplier<SmtpSessionHandler> sessions, Executor routes, Answers answers) {
        this(sessions, routes, answers, null);
    }

    private SmtpServerFactory(
            Supplier<SmtpSessionHandler> sessions, Executor routes, Answers answers, NettyConsumer consumer) {
        this.sessions = sessions;
        this.routes = routes;
        this.answers = answers;
        this.consumer = consumer;
    }

    @Override
    public ServerInitializerFactory createPipelineFactory(NettyConsumer consumer) {
        return new SmtpServerFactory(sessions, routes, answers, consumer);
    }

    @Override
    protected void initChannel(Channel channel) {
        SmtpSessionHandler.install(channel.pipeline());
        channel.pipeline().addLast("route", new QuestionHandler(consumer, routes, answers));
    }
}
