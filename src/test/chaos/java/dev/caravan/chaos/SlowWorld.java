package dev.caravan.chaos;

import dev.caravan.dns.LoopbackDns;
import dev.caravan.net.FreePort;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two thousand mail hosts, each with a domain and a loopback address of its own, that wait before each reply but those to
 * RCPT, on one thread. They write down what they take, as a {@link ChaosPeer} does.
 */
final class SlowWorld implements AutoCloseable {
    static final int HOSTS = 2000;
    private static final int PER_PART = 250;
    private static final String END = "\r\n.\r\n";

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final AtomicInteger inHand = new AtomicInteger();
    private final LoopbackDns dns;
    private final Duration delay;
    private final int port;
    private volatile Ledger ledger = new Ledger();
    /** One of so many replies is not given: the connection ends instead; 0 for none. */
    private volatile int dropping;

    SlowWorld(Duration delay) throws IOException, InterruptedException {
        this.delay = delay;
        this.dns = LoopbackDns.start();
        for (int i = 0; i < HOSTS; i++) {
            dns.address(domain(i), "127.1." + i / PER_PART + "." + (i % PER_PART + 1));
        }
        this.port = FreePort.at("127.0.0.1");
        new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, HOSTS)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Host());
                    }
                })
                .bind("0.0.0.0", port)
                .sync();
    }

    private static String domain(int host) {
        return "h" + host + ".slow.test";
    }

    /** A recipient at one of the hosts. */
    static String anyone() {
        return "x@" + domain(ThreadLocalRandom.current().nextInt(HOSTS));
    }

    /** From now on mails are written into that ledger. */
    void serve(Ledger next, int droppingOneOf) {
        ledger = next;
        dropping = droppingOneOf;
    }

    /** How many connections with a mail that has not been replied to are open. */
    int inHand() {
        return inHand.get();
    }

    int port() {
        return port;
    }

    String dns() {
        return "127.0.0.1:" + dns.address().getPort();
    }

    @Override
    public void close() throws IOException {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        dns.close();
    }

    /** One connection; what comes while a reply waits is kept. */
    private final class Host extends ChannelInboundHandlerAdapter {
        private final StringBuilder heard = new StringBuilder();
        private final List<String> recipients = new ArrayList<>();
        private Ledger noting = ledger;
        private boolean isWaiting;
        private boolean isContent;
        private boolean hasMail;
        private long began;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            inHand.incrementAndGet();
            hasMail = true;
            reply(context, "220 slow.test", () -> {});
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ended();
        }

        private void ended() {
            if (hasMail) {
                hasMail = false;
                inHand.decrementAndGet();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable reset) {
            context.close();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf octets = (ByteBuf) message;
            heard.append(octets.toString(StandardCharsets.ISO_8859_1));
            octets.release();
            hear(context);
        }

        private void hear(ChannelHandlerContext context) {
            while (!isWaiting && context.channel().isActive()) {
                int end = heard.indexOf(isContent ? END : "\r\n");
                if (end < 0) {
                    return;
                }
                String text = heard.substring(0, end);
                heard.delete(0, end + (isContent ? END : "\r\n").length());
                if (isContent) {
                    isContent = false;
                    List<String> all = List.copyOf(recipients);
                    String content = (text + "\r\n").substring(2).replace("\r\n.", "\r\n");
                    if (isDropped()) {
                        note(all, content, false);
                        context.close();
                    } else {
                        reply(context, "250 2.0.0 taken", () -> {
                            note(all, content, true);
                            ended();
                        });
                    }
                } else {
                    command(context, text);
                }
            }
        }

        private void command(ChannelHandlerContext context, String line) {
            switch (line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT)) {
                case "EHLO", "HELO" -> reply(context, "250-slow.test\r\n250 PIPELINING", () -> {});
                case "RCPT" -> {
                    recipients.add(line.substring(line.indexOf('<') + 1, line.indexOf('>')));
                    say(context, "250 2.1.5 ok");
                }
                case "DATA" -> {
                    heard.insert(0, "\r\n");
                    isContent = true;
                    reply(context, "354 go on", () -> {});
                }
                case "QUIT" -> context.close();
                case "MAIL" -> {
                    recipients.clear();
                    noting = ledger;
                    began = System.nanoTime();
                    if (!hasMail) {
                        hasMail = true;
                        inHand.incrementAndGet();
                    }
                    reply(context, "250 2.1.0 ok", () -> {});
                }
                default -> reply(context, "250 2.0.0 ok", () -> {});
            }
        }

        private boolean isDropped() {
            return dropping > 0 && ThreadLocalRandom.current().nextInt(dropping) == 0;
        }

        private void reply(ChannelHandlerContext context, String text, Runnable before) {
            if (isDropped()) {
                context.close();
                return;
            }
            isWaiting = true;
            long wait = delay.toMillis() / 2 + ThreadLocalRandom.current().nextLong(delay.toMillis());
            loop.schedule(
                    () -> {
                        isWaiting = false;
                        if (context.channel().isActive()) {
                            before.run();
                            say(context, text);
                            hear(context);
                        }
                    },
                    wait,
                    TimeUnit.MILLISECONDS);
        }

        private void say(ChannelHandlerContext context, String text) {
            context.writeAndFlush(Unpooled.copiedBuffer(text + "\r\n", StandardCharsets.ISO_8859_1));
        }

        private void note(List<String> all, String content, boolean isAnswered) {
            ChaosPeer.note(noting, new PeerTalk.Mail(all, content, began), isAnswered);
        }
    }
}
