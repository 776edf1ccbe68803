package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Domain;
import dev.caravan.net.ListenerKind;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only a true socket shows: half-closing, back-pressure, large content. */
class SessionOverTcpTest {
    private static final SessionLimits LIMITS = new SessionLimits(
            SessionLimits.Connections.DEFAULT,
            new SessionLimits.Patience(20, 1_000_000),
            SessionLimits.PerMail.DEFAULT,
            SessionLimits.Times.DEFAULT);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<PolicyRequest.MailQuestion> mails = new LinkedBlockingQueue<>();
    private final SessionRegistry registry = new SessionRegistry(SessionLimits.Connections.DEFAULT);
    private InetSocketAddress address;

    @BeforeEach
    void listens() {
        SessionSetup setup = new SessionSetup(
                new SessionTerms(
                        ListenerKind.SMTP,
                        new Domain("mx.example"),
                        LIMITS,
                        Tolerance.DEFAULT,
                        Admission.ALL,
                        AuthTerms.NONE),
                new MemorySinks(Runnable::run),
                registry,
                SessionListener.NONE,
                Clock.systemUTC(),
                RandomGenerator.of("SecureRandom"));
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SmtpSessionHandler.install(channel.pipeline(), setup);
                        channel.pipeline().addLast(new ScriptedRoute(false) {
                            @Override
                            void take(PolicyRequest.MailQuestion mail) {
                                mails.add(mail);
                            }
                        });
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        address = (InetSocketAddress) server.localAddress();
    }

    @AfterEach
    void stops() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void whoIsSentAwayReadsWhyAlthoughMoreWasSent() throws IOException {
        try (Socket client = connect()) {
            client.getOutputStream().write("NONSENSE\r\n".repeat(20_000).getBytes(StandardCharsets.US_ASCII));
            List<String> lines = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
            assertEquals(22, lines.size());
            assertTrue(lines.get(21).startsWith("421 4.7.0 "), lines.get(21));
        }
    }

    @Test
    void aClientThatEndsItsSideHearsAllAnswers() throws Exception {
        String mail = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: x\r\n.\r\n";
        for (String end : List.of("QUIT\r\n", "", "NOO")) {
            try (Socket client = connect()) {
                client.getOutputStream()
                        .write(("EHLO c.example\r\n" + mail.repeat(3) + end).getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                String replies = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertEquals(3, replies.split("250 2.0.0 ok queued as ", -1).length - 1, replies);
                assertEquals(!end.startsWith("Q"), !replies.contains("\r\n221 "), replies);
            }
        }
        assertEquals(9, mails.size());
    }

    @Test
    void aClientThatEndsItsSideWithoutAWordIsGone() throws Exception {
        try (Socket client = connect()) {
            client.shutdownOutput();
            client.getInputStream().readAllBytes();
        }
        Instant end = Instant.now().plusSeconds(20);
        while (registry.open() > 0 && Instant.now().isBefore(end)) {
            Thread.onSpinWait();
        }
        assertEquals(0, registry.open());
    }

    @Test
    void aClientThatReadsNothingIsReadNoFurther() throws Exception {
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(8192);
            client.connect(address);
            // Far more replies than all buffers of both sides hold; they come in order once they are read.
            byte[] commands = "HELP\r\n".repeat(80_000).getBytes(StandardCharsets.US_ASCII);
            Thread writer = new Thread(() -> write(client, commands));
            writer.start();
            byte[] reply = (Replies.HELP.text() + "\r\n").getBytes(StandardCharsets.US_ASCII);
            client.getInputStream().readNBytes("220 mx.example ESMTP Caravan\r\n".length());
            for (int i = 0; i < 80_000; i++) {
                assertEquals(reply.length, client.getInputStream().readNBytes(reply.length).length);
            }
            writer.join();
        }
    }

    @Test
    void largeContentArrivesWhole() throws Exception {
        try (Socket client = connect()) {
            OutputStream out = client.getOutputStream();
            out.write("EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] line = ("..leading dot and " + "x".repeat(60) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 100_000; i++) {
                out.write(line);
            }
            out.write(".\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            String replies = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(replies.contains("\r\n250 2.0.0 ok queued as "), replies);
            assertEquals(
                    100_000L * (line.length - 1),
                    mails.remove().mail().content().size());
        }
    }

    private Socket connect() throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    private static void write(Socket client, byte[] octets) {
        try {
            client.getOutputStream().write(octets);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
