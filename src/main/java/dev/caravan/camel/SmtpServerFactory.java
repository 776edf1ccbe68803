package dev.caravan.camel;

import dev.caravan.session.SessionSetup;
import dev.caravan.session.SmtpSessionHandler;
import io.netty.channel.Channel;
import java.util.concurrent.Executor;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.ServerInitializerFactory;
import org.jspecify.annotations.Nullable;

/** Builds the pipeline of each SMTP connection: decoder, session, route. */
public final class SmtpServerFactory extends ServerInitializerFactory {
    private final SessionSetup setup;
    private final Executor routes;
    private final Answers answers;
    private final @Nullable NettyConsumer consumer;

    public SmtpServerFactory(SessionSetup setup, Executor routes, Answers answers) {
        this(setup, routes, answers, null);
    }

    private SmtpServerFactory(SessionSetup setup, Executor routes, Answers answers, @Nullable NettyConsumer consumer) {
        this.setup = setup;
        this.routes = routes;
        this.answers = answers;
        this.consumer = consumer;
    }

    @Override
    public ServerInitializerFactory createPipelineFactory(NettyConsumer consumer) {
        return new SmtpServerFactory(setup, routes, answers, consumer);
    }

    @Override
    protected void initChannel(Channel channel) {
        SmtpSessionHandler.install(channel.pipeline(), setup);
        channel.pipeline().addLast("route", new QuestionHandler(consumer, routes, answers));
    }
}
