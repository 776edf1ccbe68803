package dev.caravan.delivery;

import dev.caravan.codec.ClientReplyDecoder;
import dev.caravan.delivery.ConnectionGate.Admission;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tells mails to servers by SMTP (RFC 5321). One call is one mail for one address; connections that served well are
 * kept for a moment for the next. No thread waits for a server, and no call fails by an exception.
 */
public final class SmtpClient implements AutoCloseable {
    /** How often one mail gets a new connection after the server ended one on which some of it was told. */
    private static final int MAX_RECONNECTIONS = 10;

    private static final int READING_THREADS = 4;
    private static final long READING_THREAD_IDLE_SECONDS = 10;

    private static final Pattern SYSTEM_CALL = Pattern.compile(
            "(?:[A-Za-z]+\\(\\.\\.\\) failed(?: with error\\(-?[0-9]+\\))?: )?([A-Za-z ]+)(?:: [^ ]*/[^ ]*)?");

    /** Errors of our own network and host, by number: no address or port to send from, and no network. */
    private static final Pattern OUR_OWN = Pattern.compile("failed with error\\(-(?:99|100|101)\\)");

    private final SmtpClientContext shared;
    private final ConnectionGate gate;
    private final EventLoopGroup eventLoops;
    private final ThreadPoolExecutor reads;
    private final Bootstrap template;
    private final Set<SendRequest> inHand = ConcurrentHashMap.newKeySet();

    /**
     * A client that can be shared by all deliveries.
     *
     * @param us what we call ourselves in EHLO.
     * @param timeouts how long to wait for a server.
     * @param reuse how connections are kept.
     * @param hosts what is known of hosts.
     * @param eventLoops belongs to this client from now on.
     */
    public SmtpClient(
            Domain us,
            DeliveryTimeouts timeouts,
            ConnectionReuse reuse,
            DeadHostCache hosts,
            EventLoopGroup eventLoops) {
        this.gate = new ConnectionGate(hosts);
        this.eventLoops = eventLoops;
        this.reads = new ThreadPoolExecutor(
                READING_THREADS,
                READING_THREADS,
                READING_THREAD_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory("content-reader", true));
        reads.allowCoreThreadTimeOut(true);
        this.shared = new SmtpClientContext(us, timeouts, reuse, new IdleConnections(reuse), reads);
        boolean isEpoll = eventLoops instanceof IoEventLoopGroup group && group.isIoType(EpollIoHandler.class);
        eventLoops.terminationFuture().addListener(ended -> abandonAll());
        this.template = new Bootstrap()
                .group(eventLoops)
                .channel(isEpoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        Math.min(Integer.MAX_VALUE, timeouts.connect().toMillis()));
    }

    /** Event loops of the best kind for this system. */
    public static EventLoopGroup eventLoops(int threads) {
        DefaultThreadFactory names = new DefaultThreadFactory("smtp-client", true);
        return new MultiThreadIoEventLoopGroup(
                threads, names, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    /**
     * Tells a mail to one host; completes on an event loop, never exceptionally.
     *
     * @param isLastChance whether the mail is given up if the host cannot be reached; then it is tried, however dead it is.
     */
    CompletionStage<HostReport> send(RemoteHost target, OutboundMail mail, boolean isLastChance) {
        Optional<SmtpConnection> used = shared.idle().take(target.key());
        if (used.isEmpty()) {
            return gate.admit(target, isLastChance).thenCompose(admission -> sendIfAdmitted(admission, target, mail));
        }
        SendRequest job = take(new SendRequest(mail, target, true, true));
        used.get().send(job);
        return job.outcome().thenCompose(outcome -> reportOf(outcome, job, MAX_RECONNECTIONS));
    }

    /** What was not begun on a connection that was cut off is told on a new one, at once. */
    private CompletionStage<HostReport> reportOf(SendRequest.Outcome outcome, SendRequest job, int reconnections) {
        if (outcome instanceof SendRequest.Outcome.Reported reported) {
            return CompletableFuture.completedFuture(reported.report());
        }
        HostReport settled = ((SendRequest.Outcome.Stale) outcome).settled();
        Set<ForwardPath> done = settled.answers().stream()
                .map(answer -> answer.result().recipient())
                .collect(Collectors.toSet());
        List<Recipient> rest = job.recipients().stream()
                .filter(recipient -> !done.contains(recipient.path()))
                .toList();
        return sendAnew(job.target(), job.mail().withRecipients(rest), reconnections - 1)
                .thenApply(settled::and);
    }

    private CompletionStage<HostReport> sendIfAdmitted(Admission admission, RemoteHost target, OutboundMail mail) {
        List<Recipient> recipients = mail.envelope().recipients();
        if (admission instanceof Admission.Go go) {
            return sendAnew(target, mail, MAX_RECONNECTIONS)
                    .whenComplete((report, never) -> go.trial().end());
        } else if (admission instanceof Admission.Dead dead) {
            return CompletableFuture.completedFuture(
                    HostReport.deferred(recipients, dead.diagnosis(), false).unreached());
        } else if (admission instanceof Admission.Unproven unproven) {
            return CompletableFuture.completedFuture(HostReport.notAttempted(recipients, unproven.diagnosis()));
        }
        throw new AssertionError(admission);
    }

    private CompletionStage<HostReport> sendAnew(RemoteHost target, OutboundMail mail, int reconnections) {
        SendRequest job = take(new SendRequest(mail, target, false, reconnections > 0));
        if (eventLoops.isShuttingDown()) {
            job.complete(abandoned(job));
            return CompletableFuture.completedFuture(abandoned(job));
        }
        Bootstrap bootstrap = template.clone().handler(new ChannelInitializer<SocketChannel>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                ClientReplyDecoder replies = new ClientReplyDecoder();
                channel.pipeline()
                        .addLast(
                                replies,
                                new GreetingMonitor(gate, target.address()),
                                new SmtpConnection(shared, replies, job));
            }
        });
        bootstrap.connect(target.address()).addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                if (isOfTheHost(connected.cause())) {
                    gate.failed(target.address(), why(connected.cause()));
                }
                Diagnosis diagnosis = noConnection(target, connected.cause());
                job.complete(
                        HostReport.deferred(job.recipients(), diagnosis, false).unreached());
            }
        });
        if (eventLoops.isTerminated()) {
            // It ended meanwhile, perhaps before it could tell of this job.
            abandonAll();
        }
        return job.outcome().thenCompose(outcome -> reportOf(outcome, job, reconnections));
    }

    /** Remembers a job until it is done: event loops that end may forget whom to tell. */
    private SendRequest take(SendRequest job) {
        inHand.add(job);
        job.outcome().whenComplete((outcome, never) -> inHand.remove(job));
        return job;
    }

    private void abandonAll() {
        List.copyOf(inHand).forEach(job -> job.complete(abandoned(job)));
    }

    private static HostReport abandoned(SendRequest job) {
        return HostReport.deferred(job.recipients(), Diagnosis.ours("4.3.2", "this server is shutting down"), true);
    }

    private static Diagnosis noConnection(RemoteHost target, Throwable cause) {
        return Diagnosis.ours("4.4.1", "no connection to " + target + ": " + why(cause));
    }

    private static String why(Throwable cause) {
        return cause instanceof ConnectTimeoutException ? "timed out" : reason(String.valueOf(cause.getMessage()));
    }

    /** Whether the host, or the way to it, is the reason, and not what we lack ourselves. */
    static boolean isOfTheHost(Throwable cause) {
        return cause instanceof ConnectTimeoutException
                || ((cause instanceof ConnectException || cause instanceof NoRouteToHostException)
                        && !OUR_OWN.matcher(String.valueOf(cause.getMessage())).find());
    }

    /** What the system said, without the call it was said to and the address: senders read it in reports. */
    static String reason(String message) {
        Matcher matcher = SYSTEM_CALL.matcher(message);
        return matcher.matches() ? matcher.group(1) : message;
    }

    /** Ends idle connections politely and all others at once; what they carry is deferred. */
    @Override
    public void close() {
        shared.idle().close().forEach(SmtpConnection::quit);
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        reads.shutdown();
    }
}
