package dev.caravan.camel;

import dev.caravan.session.SessionSetup;
import dev.caravan.session.SmtpSessionHandler;
import io.netty.channel.Channel;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.component.netty.NettyConsumer;
import org.apache.camel.component.netty.ServerInitializerFactory;
import org.jspecify.annotations.Nullable;

/** Builds the pipeline of each SMTP connection: decoder, session, route. */
public final class SmtpServerFactory extends ServerInitializerFactory {
    private final AtomicReference<SessionSetup> setup;
    private final RouteThreads threads;
    private final Answers answers;
    private final @Nullable NettyConsumer consumer;

    public SmtpServerFactory(SessionSetup setup, RouteThreads threads, Answers answers) {
        this(new AtomicReference<>(setup), threads, answers, null);
    }

    private SmtpServerFactory(
            AtomicReference<SessionSetup> setup,
            RouteThreads threads,
            Answers answers,
            @Nullable NettyConsumer consumer) {
        this.setup = setup;
        this.threads = threads;
        this.answers = answers;
        this.consumer = consumer;
    }

    /** Connections made from now on have these terms. */
    void use(SessionSetup other) {
        setup.set(other);
    }

    @Override
    public ServerInitializerFactory createPipelineFactory(NettyConsumer consumer) {
        return new SmtpServerFactory(setup, threads, answers, consumer);
    }

    @Override
    protected void initChannel(Channel channel) {
        SmtpSessionHandler.install(channel.pipeline(), setup.get());
        channel.pipeline().addLast("route", new QuestionHandler(consumer, threads, answers));
    }
}
