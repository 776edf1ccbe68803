package dev.caravan.delivery;

import dev.caravan.codec.ClientReplyDecoder;
import dev.caravan.delivery.ConnectionGate.Admission;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.net.TlsPolicy;
import dev.caravan.tls.TlsClientContext;
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
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages to servers by SMTP (RFC 5321). One call sends one message to one host; connections that worked are kept
 * for a moment and reused. No thread waits for a server, and no call completes exceptionally. Thread-safe.
 */
public final class SmtpClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpClient.class);

    /** How often a message gets a new connection after the server closed one between two of its transactions. */
    private static final int MAX_RECONNECTIONS = 10;

    /** Of recipients whose attempt was given up before the host got the message. */
    static final Diagnosis GIVEN_UP = Diagnosis.ours("4.3.2", "the attempt was given up by this server");

    private static final int READING_THREADS = 4;
    private static final long READING_THREAD_IDLE_SECONDS = 10;

    private static final Pattern SYSTEM_CALL = Pattern.compile(
            "(?:[A-Za-z]+\\(\\.\\.\\) failed(?: with error\\(-?[0-9]+\\))?: )?([A-Za-z ]+)(?:: [^ ]*/[^ ]*)?");

    /** Errors of this host and its network, by number: no address or port to send from, and no network. */
    private static final Pattern OUR_OWN = Pattern.compile("failed with error\\(-(?:99|100|101)\\)");

    private final SmtpClientContext shared;
    private final ConnectionGate gate;
    private final EventLoopGroup eventLoops;
    private final ThreadPoolExecutor reads;
    private final Bootstrap template;
    private final Optional<ClientTls> tls;
    private final TlsFailures tlsFailures;
    private final Set<SendRequest> inHand = ConcurrentHashMap.newKeySet();

    /**
     * A client that can be shared by all deliveries.
     *
     * @param us the name of this server in EHLO.
     * @param timeouts how long to wait for a server.
     * @param reuse how connections are kept.
     * @param hosts which hosts are known to be unreachable.
     * @param eventLoops closed by this client.
     */
    public SmtpClient(
            Domain us,
            DeliveryTimeouts timeouts,
            ConnectionReuse reuse,
            DeadHostCache hosts,
            EventLoopGroup eventLoops) {
        this(us, timeouts, reuse, hosts, eventLoops, Optional.empty());
    }

    /**
     * The same with TLS.
     *
     * @param tls empty if no policy asks for it.
     */
    public SmtpClient(
            Domain us,
            DeliveryTimeouts timeouts,
            ConnectionReuse reuse,
            DeadHostCache hosts,
            EventLoopGroup eventLoops,
            Optional<ClientTls> tls) {
        this.tls = tls;
        this.tlsFailures = new TlsFailures(hosts.clock());
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
        this.shared = new SmtpClientContext(us, timeouts, reuse, new IdleConnections(reuse), reads, new LongAdder());
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
     * Sends a message to one host; completes on an event loop, never exceptionally.
     *
     * @param isLastChance whether the message is given up if the host cannot be reached: then it is tried even if it could
     *     not be reached a while ago.
     * @param messagesPerConnection after how many messages a connection is closed, if the client does not close it before.
     * @param progress is told each stage; if the attempt is given up, no recipient without a result is attempted.
     */
    CompletionStage<HostReport> send(
            RemoteHost target,
            OutboundMail mail,
            boolean isLastChance,
            int messagesPerConnection,
            AttemptProgress.Leg progress) {
        progress.at(AttemptProgress.Stage.CONNECTING, target);
        Optional<SmtpConnection> used = shared.idle().take(target.key());
        if (used.isEmpty()) {
            return progress.await(gate.admit(target, isLastChance), SmtpClient::endProbe)
                    .thenCompose(admission -> sendIfAdmitted(admission, target, mail, messagesPerConnection, progress));
        }
        SendRequest job = take(new SendRequest(mail, target, true, true, messagesPerConnection, progress));
        used.get().send(job);
        return job.outcome().thenCompose(outcome -> reportOf(outcome, job, MAX_RECONNECTIONS));
    }

    /** Recipients whose transaction was not begun on a closed connection are sent on a new one, at once. */
    private CompletionStage<HostReport> reportOf(SendRequest.Result outcome, SendRequest job, int reconnections) {
        if (outcome instanceof SendRequest.Result.Reported reported) {
            return CompletableFuture.completedFuture(reported.report());
        }
        if (outcome instanceof SendRequest.Result.TlsFailed failed) {
            LOG.info("{} gets mail in clear for a while, since TLS failed: {}", job.target(), failed.reason());
            tlsFailures.failed(job.target().address(), failed.reason());
            return connect(
                    job.target(),
                    job.mail(),
                    reconnections - 1,
                    job.messagesPerConnection(),
                    job.progress(),
                    Optional.empty(),
                    Optional.of(failed.reason()));
        }
        if (!(outcome instanceof SendRequest.Result.Stale stale)) {
            throw new AssertionError(outcome);
        }
        HostReport settled = stale.settled();
        Set<ForwardPath> done = settled.answers().stream()
                .map(answer -> answer.result().recipient())
                .collect(Collectors.toSet());
        List<Recipient> rest = job.recipients().stream()
                .filter(recipient -> !done.contains(recipient.path()))
                .toList();
        return sendAnew(
                        job.target(),
                        job.mail().withRecipients(rest),
                        reconnections - 1,
                        job.messagesPerConnection(),
                        job.progress())
                .thenApply(settled::and);
    }

    private static void endProbe(Admission admission) {
        if (admission instanceof Admission.Admitted admitted) {
            admitted.probe().end();
        }
    }

    private CompletionStage<HostReport> sendIfAdmitted(
            Admission admission,
            RemoteHost target,
            OutboundMail mail,
            int messagesPerConnection,
            AttemptProgress.Leg progress) {
        List<Recipient> recipients = mail.envelope().recipients();
        if (admission instanceof Admission.Admitted admitted) {
            return sendAnew(target, mail, MAX_RECONNECTIONS, messagesPerConnection, progress)
                    .whenComplete((report, never) -> admitted.probe().end());
        } else if (admission instanceof Admission.Unreachable unreachable) {
            return CompletableFuture.completedFuture(HostReport.deferred(recipients, unreachable.diagnosis(), false)
                    .remembered());
        }
        throw new AssertionError(admission);
    }

    private CompletionStage<HostReport> sendAnew(
            RemoteHost target,
            OutboundMail mail,
            int reconnections,
            int messagesPerConnection,
            AttemptProgress.Leg progress) {
        Optional<String> clearBecause =
                target.tls().level() == TlsPolicy.Level.MAY ? tlsFailures.reason(target.address()) : Optional.empty();
        if (target.tls().level() == TlsPolicy.Level.NONE || clearBecause.isPresent()) {
            return connect(
                    target, mail, reconnections, messagesPerConnection, progress, Optional.empty(), clearBecause);
        }
        CompletionStage<TlsClientContext> context = tls.map(known -> known.context(target.tls()))
                .orElseGet(() -> CompletableFuture.failedFuture(new IOException("this server has no TLS")));
        return progress.await(context, unused -> {})
                .handle((made, failure) -> {
                    if (failure == null) {
                        return connect(
                                target,
                                mail,
                                reconnections,
                                messagesPerConnection,
                                progress,
                                Optional.of(new ConnectionTls(made, target)),
                                Optional.empty());
                    } else if (failure instanceof CancellationException) {
                        return CompletableFuture.<HostReport>failedFuture(failure);
                    }
                    return withoutContext(target, mail, reconnections, messagesPerConnection, progress, failure);
                })
                .thenCompose(report -> report);
    }

    /** A file that a policy names cannot be used: the operator can mend that. */
    private CompletionStage<HostReport> withoutContext(
            RemoteHost target,
            OutboundMail mail,
            int reconnections,
            int messagesPerConnection,
            AttemptProgress.Leg progress,
            Throwable failure) {
        String reason = ConnectionTls.reason(failure);
        LOG.error("TLS with {} cannot be begun here: {}", target, reason);
        if (target.tls().isRequired()) {
            Diagnosis diagnosis = Diagnosis.ours("4.7.5", "TLS cannot be begun by this server");
            return CompletableFuture.completedFuture(
                    HostReport.deferred(mail.envelope().recipients(), diagnosis, false)
                            .unreached());
        }
        return connect(
                target, mail, reconnections, messagesPerConnection, progress, Optional.empty(), Optional.of(reason));
    }

    private CompletionStage<HostReport> connect(
            RemoteHost target,
            OutboundMail mail,
            int reconnections,
            int messagesPerConnection,
            AttemptProgress.Leg progress,
            Optional<ConnectionTls> secure,
            Optional<String> clearBecause) {
        SendRequest job =
                take(new SendRequest(mail, target, false, reconnections > 0, messagesPerConnection, progress));
        job.at(AttemptProgress.Stage.CONNECTING);
        if (eventLoops.isShuttingDown()) {
            job.complete(abandoned(job));
            return CompletableFuture.completedFuture(abandoned(job));
        }
        Bootstrap bootstrap = template.clone().handler(new ChannelInitializer<SocketChannel>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                ClientReplyDecoder replies = new ClientReplyDecoder();
                if (target.tls().isImplicit() && secure.isPresent()) {
                    channel.pipeline().addLast(secure.get().handler(channel.alloc()));
                }
                channel.pipeline()
                        .addLast(
                                replies,
                                new GreetingMonitor(gate, target, progress::isGivenUp),
                                new SmtpConnection(shared, replies, job, secure, clearBecause));
            }
        });
        ChannelFuture connecting = bootstrap.connect(target.address());
        progress.onGivenUp(() -> {
            job.complete(givenUp(job));
            connecting.channel().close();
        });
        connecting.addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                if (isOfTheHost(connected.cause())) {
                    gate.failed(target, why(connected.cause()));
                }
                Diagnosis diagnosis = noConnection(target, connected.cause());
                job.complete(
                        HostReport.deferred(job.recipients(), diagnosis, false).unreached());
            }
        });
        if (eventLoops.isTerminated()) {
            // The event loops ended meanwhile, perhaps before the listener saw this request.
            abandonAll();
        }
        return job.outcome().thenCompose(outcome -> reportOf(outcome, job, reconnections));
    }

    /** Remembers a request until it is done: event loops that end may drop its callbacks. */
    private SendRequest take(SendRequest job) {
        inHand.add(job);
        job.outcome().whenComplete((outcome, never) -> inHand.remove(job));
        return job;
    }

    private void abandonAll() {
        List.copyOf(inHand).forEach(job -> job.complete(abandoned(job)));
    }

    private static HostReport givenUp(SendRequest job) {
        return HostReport.notAttempted(job.recipients(), GIVEN_UP).unreached();
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

    /** Whether the host or the network is the cause, and not this server's lack of ports or of a network. */
    static boolean isOfTheHost(Throwable cause) {
        return cause instanceof ConnectTimeoutException
                || ((cause instanceof ConnectException || cause instanceof NoRouteToHostException)
                        && !OUR_OWN.matcher(String.valueOf(cause.getMessage())).find());
    }

    /** The system's error text without the system call and the address: senders read it in reports. */
    static String reason(String message) {
        Matcher matcher = SYSTEM_CALL.matcher(message);
        return matcher.matches() ? matcher.group(1) : message;
    }

    /** How often a content was converted for a server that does not take it as it is. */
    public long conversions() {
        return shared.conversions().sum();
    }

    /** Says when few connections are to be kept for a next message, because many are needed elsewhere. */
    void keepFewWhile(BooleanSupplier isScarce) {
        shared.idle().keepFewWhile(isScarce);
    }

    /** Ends idle connections by QUIT and all others at once; their messages are deferred. */
    @Override
    public void close() {
        shared.idle().close().forEach(SmtpConnection::quit);
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        reads.shutdown();
    }
}
