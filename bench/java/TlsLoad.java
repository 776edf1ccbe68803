import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * SMTP clients that use STARTTLS with TLS 1.3 and resume no session. They send one command at a time, as smtp-source does.
 *
 * <pre>
 * TlsLoad HOST PORT new|kept MESSAGES SESSIONS OCTETS   sends messages; each over a connection of its own, or all over
 *                                                       connections that are kept
 * TlsLoad HOST PORT hold SESSIONS PATIENCE              opens sessions and holds them; gives up on those that make no
 *                                                       progress for so many seconds
 * </pre>
 *
 * To send: warms up with sessions that send no content, prints {@code ready}, waits for a line of input, and prints the
 * seconds that it took. To hold: prints how many were open in the end, the seconds that it took to open them, and ends
 * at the next line of input.
 */
public final class TlsLoad {
    private static final int WARM_SESSIONS = 300;
    private static final int WARM_AT_ONCE = 20;
    private static final int OPENING_AT_ONCE = 50;
    private static final int LONGEST_LINE = 4096;
    private static final int THREADS = 2;

    /** What a session does after EHLO under TLS. */
    private enum Task {
        WARM,
        NEW,
        KEPT,
        HOLD
    }

    private final String host;
    private final int port;
    private final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());
    private final SslContext tls;
    private final ByteBuf content;
    /** Sessions, or messages of sessions that are kept, which nobody has begun. */
    private final AtomicInteger toBegin = new AtomicInteger();

    private final AtomicReference<String> failure = new AtomicReference<>();
    /** Rounds, and sessions, that have not ended. */
    private volatile CountDownLatch done = new CountDownLatch(0);

    private volatile CountDownLatch closed = new CountDownLatch(0);

    private TlsLoad(String host, int port, int octets) throws Exception {
        this.host = host;
        this.port = port;
        this.tls = SslContextBuilder.forClient()
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3")
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .sessionCacheSize(1)
                .endpointIdentificationAlgorithm(null)
                .build();
        String head = "From: <sender@bench.test>\r\nTo: <recipient@example.test>\r\nSubject: bench\r\n"
                + "Date: Mon, 23 Nov 2026 14:00:00 +0000\r\nMessage-ID: <1@bench.test>\r\n\r\n";
        int lines = Math.max(1, (octets - head.length()) / 80);
        this.content = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(
                (head + ("x".repeat(78) + "\r\n").repeat(lines) + ".\r\n").getBytes(StandardCharsets.US_ASCII)));
    }

    public static void main(String[] args) throws Exception {
        boolean holds = args[2].equals("hold");
        TlsLoad load = new TlsLoad(args[0], Integer.parseInt(args[1]), holds ? 0 : Integer.parseInt(args[5]));
        if (holds) {
            load.hold(Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        } else {
            load.send(
                    args[2].equals("new") ? Task.NEW : Task.KEPT, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        }
        // Threads that close connections have no more to do.
        Runtime.getRuntime().halt(0);
    }

    private void send(Task task, int messages, int sessions) throws Exception {
        run(Task.WARM, WARM_SESSIONS, WARM_AT_ONCE);
        System.out.println("ready");
        System.in.read();
        long began = System.nanoTime();
        run(task, messages, sessions);
        System.out.println((System.nanoTime() - began) / 1e9);
    }

    /** Does as much with so many sessions at once; a failure of one ends this program. */
    private void run(Task task, int count, int sessions) throws InterruptedException {
        int atOnce = Math.min(count, sessions);
        toBegin.set(task == Task.KEPT ? count : count - atOnce);
        done = new CountDownLatch(count);
        closed = new CountDownLatch(task == Task.KEPT ? atOnce : count);
        for (int i = 0; i < atOnce; i++) {
            connect(new Client(task));
        }
        while (!done.await(10, TimeUnit.MILLISECONDS) || !closed.await(10, TimeUnit.MILLISECONDS)) {
            if (failure.get() != null) {
                System.out.println("failed: " + failure.get());
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private void connect(Client client) {
        new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new LineBasedFrameDecoder(LONGEST_LINE), client);
                    }
                })
                .connect(host, port)
                .addListener(future -> {
                    if (!future.isSuccess()) {
                        failure.compareAndSet(null, String.valueOf(future.cause()));
                    }
                });
    }

    private void hold(int wanted, int patience) throws Exception {
        ConcurrentLinkedQueue<Client> clients = new ConcurrentLinkedQueue<>();
        AtomicInteger held = new AtomicInteger();
        AtomicLong last = new AtomicLong(System.nanoTime());
        long began = last.get();
        int begun = 0;
        while (held.get() < wanted && System.nanoTime() - last.get() < TimeUnit.SECONDS.toNanos(patience)) {
            while (begun < wanted && begun - held.get() < OPENING_AT_ONCE) {
                Client client = new Client(Task.HOLD);
                client.whenHeld = () -> {
                    held.incrementAndGet();
                    last.set(System.nanoTime());
                };
                clients.add(client);
                connect(client);
                begun++;
            }
            Thread.sleep(1);
        }
        Thread.sleep(2000);
        long open = clients.stream()
                .filter(client -> client.isHeld && client.channel.isActive())
                .count();
        System.out.println(open + " " + (last.get() - began) / 1e9);
        System.in.read();
    }

    /** One session. Its fields belong to its event loop, but for those that are volatile. */
    private final class Client extends SimpleChannelInboundHandler<ByteBuf> {
        private final Task task;
        private List<String> commands = List.of("EHLO client.bench.test", "STARTTLS");
        private int next;
        private boolean isSecured;
        private Runnable whenHeld = () -> {};
        private volatile Channel channel;
        private volatile boolean isHeld;

        private Client(Task task) {
            this.task = task;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            channel = context.channel();
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf line) {
            String reply = line.toString(StandardCharsets.US_ASCII);
            if (reply.length() > 3 && reply.charAt(3) == '-') {
                return;
            }
            if (reply.isEmpty() || reply.charAt(0) > '3') {
                fail(reply);
            } else {
                answered(reply);
            }
        }

        private void answered(String reply) {
            String last = next == 0 ? "" : commands.get(next - 1);
            if (last.equals("STARTTLS")) {
                SslHandler handler = tls.newHandler(channel.alloc());
                channel.pipeline().addFirst(handler);
            } else if (reply.startsWith("354")) {
                channel.writeAndFlush(content.duplicate());
            } else if (last.equals("QUIT")) {
                channel.close();
            } else if (isSecured && next == commands.size()) {
                end();
            } else {
                say(commands.get(next++));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake) {
                if (handshake.isSuccess()) {
                    isSecured = true;
                    begin("EHLO client.bench.test");
                } else {
                    fail(String.valueOf(handshake.cause()));
                }
            }
        }

        /** Begins what it does after EHLO. */
        private void begin(String first) {
            List<String> envelope = List.of("MAIL FROM:<sender@bench.test>", "RCPT TO:<recipient@example.test>");
            commands = switch (task) {
                case HOLD -> List.of(first);
                case WARM -> List.of(first, envelope.get(0), envelope.get(1), "RSET");
                case NEW -> List.of(first, envelope.get(0), envelope.get(1), "DATA");
                case KEPT -> List.of(first);
            };
            next = 1;
            say(first);
        }

        /** The last command of a round is answered. */
        private void end() {
            if (task == Task.HOLD) {
                isHeld = true;
                whenHeld.run();
                return;
            }
            boolean isGreeting = commands.size() == 1;
            if (!isGreeting) {
                done.countDown();
            }
            if (task == Task.KEPT && toBegin.getAndDecrement() > 0) {
                commands = List.of("MAIL FROM:<sender@bench.test>", "RCPT TO:<recipient@example.test>", "DATA");
                next = 1;
                say(commands.get(0));
                return;
            }
            commands = List.of("QUIT");
            next = 1;
            say("QUIT");
        }

        private void say(String command) {
            channel.writeAndFlush(Unpooled.copiedBuffer(command + "\r\n", StandardCharsets.US_ASCII));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (task == Task.HOLD) {
                return;
            }
            if (!commands.get(Math.max(0, next - 1)).equals("QUIT")) {
                fail("the server closed the connection");
                return;
            }
            if (task != Task.KEPT && toBegin.getAndDecrement() > 0) {
                connect(new Client(task));
            }
            // After the last one, another run may begin.
            closed.countDown();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            fail(cause.toString());
        }

        private void fail(String what) {
            if (task != Task.HOLD) {
                failure.compareAndSet(null, what);
            }
            channel.close();
        }
    }
}
