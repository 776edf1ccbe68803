package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Domain;
import dev.caravan.net.EventLoops;
import dev.caravan.net.ListenerKind;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.SmtpTestClient;
import dev.caravan.testkit.TestCertificates.Kind;
import dev.caravan.tls.TestTls;
import dev.caravan.tls.TlsFacts;
import dev.caravan.tls.TlsLibrary;
import dev.caravan.tls.TlsServer;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** STARTTLS and connections that begin with TLS, over true sockets and with both libraries. */
class SessionOverTlsTest {
    private static final String MAIL =
            "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: x\r\n.\r\n";
    private static final SessionLimits LIMITS = new SessionLimits(
            SessionLimits.Connections.DEFAULT,
            new SessionLimits.Patience(20, 1_000_000),
            SessionLimits.PerMail.DEFAULT,
            SessionLimits.Times.DEFAULT);

    private final EventLoopGroup loops = EventLoops.of(1, "test");
    private final BlockingQueue<PolicyRequest.MailQuestion> mails = new LinkedBlockingQueue<>();
    private final List<TlsFacts> handshakes = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final SessionRegistry registry = new SessionRegistry(SessionLimits.Connections.DEFAULT);
    private final SSLContext client = TestTls.client();
    private volatile boolean isLate;

    @AfterEach
    void stops() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private InetSocketAddress listen(ListenerKind kind, Optional<TlsServer> tls) {
        SessionTerms clear = new SessionTerms(
                kind, new Domain("mx.example"), LIMITS, Tolerance.DEFAULT, Admission.ALL, AuthTerms.NONE);
        SessionSetup setup = new SessionSetup(
                tls.map(clear::securedBy).orElse(clear),
                new MemorySinks(Runnable::run),
                registry,
                new SessionListener() {
                    @Override
                    public void secured(SessionFacts facts) {
                        handshakes.add(facts.tls().orElseThrow());
                    }

                    @Override
                    public void notSecured(SessionFacts facts, String why) {
                        failures.add(why);
                    }
                },
                Clock.systemUTC(),
                RandomGenerator.of("SecureRandom"));
        Class<? extends ServerChannel> type =
                EventLoops.isNative() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(type)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SmtpSessionHandler.install(channel.pipeline(), setup);
                        channel.pipeline().addLast(new ScriptedRoute(false) {
                            @Override
                            void inItsTime(Runnable task) {
                                if (isLate) {
                                    channel.eventLoop().schedule(task, 1, TimeUnit.MILLISECONDS);
                                } else {
                                    task.run();
                                }
                            }

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
        return (InetSocketAddress) server.localAddress();
    }

    private SmtpTestClient starting(TlsLibrary library) throws IOException {
        SmtpTestClient connected = new SmtpTestClient(listen(ListenerKind.SMTP, Optional.of(TestTls.server(library))));
        connected.say("EHLO c.example");
        return connected;
    }

    private SmtpTestClient secured(TlsLibrary library) throws IOException {
        SmtpTestClient connected = starting(library);
        assertEquals("220 2.0.0 ready for the TLS handshake", connected.startTls(client));
        connected.say("EHLO c.example");
        return connected;
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void takesAMessageAfterStartTls(TlsLibrary library) throws Exception {
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            try (SmtpTestClient connected = starting(library)) {
                SSLContext one = TestTls.client();
                connected.raw("STARTTLS\r\n");
                connected.reply();
                SSLSocket socket =
                        (SSLSocket) one.getSocketFactory().createSocket(connected.socket(), "mx.example", 25, true);
                socket.setEnabledProtocols(new String[] {version});
                socket.startHandshake();
                String replies = talk(socket, "EHLO c.example\r\n" + MAIL + "QUIT\r\n");
                assertTrue(replies.contains("250 2.0.0 ok queued as "), replies);
                assertTrue(replies.contains("\r\n221 "), replies);
                assertFalse(replies.contains("STARTTLS"), replies);
                PolicyRequest.MailQuestion mail = mails.take();
                assertEquals("ESMTPS", mail.mail().arrival().protocol());
                String cipher = socket.getSession().getCipherSuite();
                assertEquals(
                        Optional.of(version + " " + cipher),
                        mail.mail().arrival().tls());
                TlsFacts facts = handshakes.remove(0);
                assertEquals(version, facts.version());
                assertEquals(Optional.of("mx.example"), facts.serverName());
                assertEquals(Optional.empty(), facts.client());
            }
        }
    }

    private static String talk(Socket socket, String commands) throws IOException {
        socket.getOutputStream().write(commands.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void knowsTheCertificateOfAClientThatItTrusts(TlsLibrary library) throws Exception {
        SSLContext known = TestTls.client(TestTls.AUTHORITY.issue(Kind.EC, "client.example"));
        SSLContext stranger = TestTls.client(new dev.caravan.testkit.TestCertificates().issue(Kind.EC, "c.example"));
        try (SmtpTestClient connected = starting(library)) {
            connected.startTls(known);
            assertTrue(connected.say("EHLO c.example").startsWith("250"));
            assertEquals(
                    "CN=client.example",
                    handshakes.remove(0).client().orElseThrow().subject());
        }
        try (SmtpTestClient connected = starting(library)) {
            connected.startTls(stranger);
            assertTrue(connected.say("EHLO c.example").startsWith("250"));
            assertEquals(Optional.empty(), handshakes.remove(0).client());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void neverAnswersWhatCameInClearWithStartTls(TlsLibrary library) throws Exception {
        for (String injected :
                List.of("NOOP\r\n", "RSET\r\nNOOP\r\nHELP\r\n", "NO", MAIL, "\r\n", "\u0016\u0003\u0001")) {
            try (SmtpTestClient connected = starting(library)) {
                connected.raw("STARTTLS\r\n" + injected);
                assertEquals("220 2.0.0 ready for the TLS handshake", connected.reply());
                connected.secure(client);
                // Each reply is that to the command before it, so none was answered in between.
                assertEquals("502 5.5.1 EXPN is not offered here", connected.say("EXPN x"), injected);
                assertEquals(
                        "503 5.5.1 identify yourself first (expected: EHLO or HELO)", connected.say("MAIL FROM:<>"));
                assertTrue(connected.say("QUIT").startsWith("221 "));
            }
        }
        assertEquals(0, mails.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void neverAnswersWhatComesInClearAfterTheReplyToStartTls(TlsLibrary library) throws Exception {
        for (String injected : List.of("NOOP\r\n", MAIL, "EHLO x.example\r\nNOOP\r\n")) {
            try (SmtpTestClient connected = starting(library)) {
                connected.raw("STARTTLS\r\n");
                assertTrue(connected.reply().startsWith("220 "));
                connected.raw(injected);
                String rest =
                        new String(connected.socket().getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                // An alert of TLS at most.
                assertTrue(rest.length() <= 7 && !rest.contains("250"), rest);
            }
        }
        Await.until("the failures are told", () -> failures.size() == 3);
        assertEquals(0, mails.size());
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void forgetsTheTransactionAndTheNameFromBefore(TlsLibrary library) throws Exception {
        try (SmtpTestClient connected = starting(library)) {
            connected.say("MAIL FROM:<a@b.example>");
            connected.say("RCPT TO:<c@d.example>");
            connected.startTls(client);
            assertEquals("503 5.5.1 no mail transaction is open (expected: MAIL)", connected.say("DATA"));
            assertEquals("503 5.5.1 identify yourself first (expected: EHLO or HELO)", connected.say("MAIL FROM:<>"));
            assertTrue(connected.say("EHLO c.example").startsWith("250 "));
            assertEquals(
                    "503 5.5.1 no mail transaction is open (expected: MAIL)", connected.say("RCPT TO:<c@d.example>"));
            assertEquals("503 5.5.1 TLS is on already (expected: EHLO or MAIL)", connected.say("STARTTLS"));
        }
    }

    @Test
    void refusesStartTlsWhereItCannotBe() throws Exception {
        try (SmtpTestClient connected = new SmtpTestClient(listen(ListenerKind.SMTP, Optional.empty()))) {
            connected.say("EHLO c.example");
            assertEquals("502 5.5.1 STARTTLS is not offered here", connected.say("STARTTLS"));
        }
        InetSocketAddress server = listen(ListenerKind.SMTP, Optional.of(TestTls.server(TlsLibrary.JDK)));
        try (SmtpTestClient connected = new SmtpTestClient(server)) {
            assertEquals(
                    "501 5.5.4 STARTTLS takes no argument (expected: STARTTLS alone)", connected.say("STARTTLS now"));
            assertTrue(connected.startTls(client).startsWith("220 "));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void startsTlsWithoutAName(TlsLibrary library) throws Exception {
        InetSocketAddress server = listen(ListenerKind.SMTP, Optional.of(TestTls.server(library)));
        try (SmtpTestClient silent = new SmtpTestClient(server);
                SmtpTestClient old = new SmtpTestClient(server)) {
            assertEquals("220 2.0.0 ready for the TLS handshake", silent.startTls(client));
            assertEquals("503 5.5.1 identify yourself first (expected: EHLO or HELO)", silent.say("MAIL FROM:<>"));
            assertTrue(silent.say("EHLO c.example").startsWith("250 "));
            old.say("HELO c.example");
            assertEquals("220 2.0.0 ready for the TLS handshake", old.startTls(client));
            assertTrue(old.say("HELO c.example").startsWith("250 "));
            assertEquals("250 2.1.0 sender ok", old.say("MAIL FROM:<>"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void defersHandshakesBeyondTheLimit(TlsLibrary library) throws Exception {
        TlsServer one = TestTls.server(library, 1, Duration.ofMinutes(5));
        InetSocketAddress server = listen(ListenerKind.SMTP, Optional.of(one));
        InetSocketAddress implicit = listen(ListenerKind.SUBMISSIONS, Optional.of(one));
        try (SmtpTestClient slow = new SmtpTestClient(server);
                SmtpTestClient second = new SmtpTestClient(server)) {
            slow.say("EHLO c.example");
            slow.say("STARTTLS");
            second.say("EHLO c.example");
            assertEquals("454 4.7.0 TLS is not available now, try again later", second.say("STARTTLS"));
            assertEquals("250 2.0.0 ok", second.say("NOOP"));
            try (Socket third = new Socket(implicit.getAddress(), implicit.getPort())) {
                assertEquals(-1, third.getInputStream().read());
            }
            slow.secure(client);
            assertTrue(slow.say("EHLO c.example").startsWith("250 "));
            assertTrue(second.startTls(client).startsWith("220 "));
            assertTrue(second.say("EHLO c.example").startsWith("250 "));
        }
    }

    @Test
    void refusesNothingInClearWhereConnectionsBeginWithTls() throws Exception {
        InetSocketAddress implicit = listen(ListenerKind.SUBMISSIONS, Optional.of(TestTls.server(TlsLibrary.JDK)));
        registry.drain();
        try (Socket late = new Socket(implicit.getAddress(), implicit.getPort())) {
            assertEquals(-1, late.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void cutsOffClientsThatDoNotShakeHands(TlsLibrary library) throws Exception {
        TlsServer hasty = TestTls.server(library, 10, Duration.ofMillis(50));
        InetSocketAddress implicit = listen(ListenerKind.SUBMISSIONS, Optional.of(hasty));
        try (Socket silent = new Socket(implicit.getAddress(), implicit.getPort())) {
            assertEquals(-1, silent.getInputStream().read());
        }
        Await.until("the session has ended", () -> registry.open() == 0 && failures.size() == 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void greetsAfterTheHandshakeWhereConnectionsBeginWithTls(TlsLibrary library) throws Exception {
        InetSocketAddress server = listen(ListenerKind.SUBMISSIONS, Optional.of(TestTls.server(library)));
        try (SmtpTestClient connected = SmtpTestClient.overTls(server, client)) {
            assertEquals("220 mx.example ESMTP Caravan", connected.greeting());
            assertTrue(connected.say("EHLO c.example").startsWith("250 "));
            assertEquals("503 5.5.1 TLS is on already (expected: EHLO or MAIL)", connected.say("STARTTLS"));
        }
        try (Socket plain = new Socket(server.getAddress(), server.getPort())) {
            plain.getOutputStream().write("EHLO c.example\r\n".getBytes(StandardCharsets.US_ASCII));
            String rest = new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertTrue(rest.length() <= 7, rest);
        }
        Await.until("the sessions have ended", () -> registry.open() == 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void answersAllThatCameBeforeTheClientEndedItsSide(TlsLibrary library) throws Exception {
        try (SmtpTestClient connected = secured(library)) {
            SSLSocket socket = (SSLSocket) connected.socket();
            OutputStream out = socket.getOutputStream();
            out.write(MAIL.repeat(3).getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            String replies = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertEquals(3, replies.split("250 2.0.0 ok queued as ", -1).length - 1, replies);
        }
        Await.until("the session has ended", () -> registry.open() == 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void answersLateWhatCameInOneSegmentWithTheEndOfTheClientsSide(TlsLibrary library) throws Exception {
        isLate = true;
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            try (SegmentingSocket raw =
                    new SegmentingSocket(listen(ListenerKind.SUBMISSIONS, Optional.of(TestTls.server(library))))) {
                SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket(raw, "mx.example", 465, true);
                socket.setEnabledProtocols(new String[] {version});
                socket.startHandshake();
                InputStream in = socket.getInputStream();
                in.readNBytes("220 mx.example ESMTP Caravan\r\n".length());
                raw.gather();
                OutputStream out = socket.getOutputStream();
                out.write("EHLO c.example\r\n".getBytes(StandardCharsets.US_ASCII));
                for (int i = 0; i < 3; i++) {
                    out.write(MAIL.getBytes(StandardCharsets.US_ASCII));
                }
                socket.shutdownOutput();
                raw.send();
                String replies = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
                assertEquals(3, replies.split("250 2.0.0 ok queued as ", -1).length - 1, replies);
            }
        }
        Await.until("the sessions have ended", () -> registry.open() == 0);
    }

    /** Sends what is written in one segment when it is told to. */
    private static final class SegmentingSocket extends Socket {
        private final ByteArrayOutputStream gathered = new ByteArrayOutputStream();
        private boolean isGathering;

        SegmentingSocket(InetSocketAddress server) throws IOException {
            super(server.getAddress(), server.getPort());
        }

        void gather() {
            isGathering = true;
        }

        void send() throws IOException {
            isGathering = false;
            super.getOutputStream().write(gathered.toByteArray());
        }

        @Override
        public void shutdownOutput() {
            // Only TLS ends; the connection stays open.
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            OutputStream out = super.getOutputStream();
            return new OutputStream() {
                @Override
                public void write(int octet) throws IOException {
                    write(new byte[] {(byte) octet}, 0, 1);
                }

                @Override
                public void write(byte[] octets, int from, int count) throws IOException {
                    (isGathering ? gathered : out).write(octets, from, count);
                }
            };
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void whoIsSentAwayReadsWhy(TlsLibrary library) throws Exception {
        try (SmtpTestClient connected = secured(library)) {
            connected.raw("NONSENSE\r\n".repeat(20_000));
            String replies = new String(connected.socket().getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(replies.contains("\r\n421 4.7.0 "), replies);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void aClientThatReadsNothingIsReadNoFurther(TlsLibrary library) throws Exception {
        try (SmtpTestClient connected = secured(library)) {
            // Far more replies than all buffers of both sides hold; they come in order once they are read.
            byte[] commands = "HELP\r\n".repeat(80_000).getBytes(StandardCharsets.US_ASCII);
            Thread writer = new Thread(() -> {
                try {
                    connected.socket().getOutputStream().write(commands);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            InputStream in = connected.socket().getInputStream();
            byte[] reply = (Replies.HELP.text() + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 80_000; i++) {
                assertEquals(reply.length, in.readNBytes(reply.length).length);
            }
            writer.join();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void largeContentArrivesWhole(TlsLibrary library) throws Exception {
        try (SmtpTestClient connected = secured(library)) {
            OutputStream out = connected.socket().getOutputStream();
            out.write(
                    "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] line = ("..leading dot and " + "x".repeat(60) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 100_000; i++) {
                out.write(line);
            }
            String replies = talk(connected.socket(), ".\r\nQUIT\r\n");
            assertTrue(replies.contains("250 2.0.0 ok queued as "), replies);
            assertEquals(
                    100_000L * (line.length - 1),
                    mails.remove().mail().content().size());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENSSL", "JDK"})
    void refusesOldVersions(TlsLibrary library) throws Exception {
        try (SmtpTestClient connected = starting(library)) {
            connected.say("STARTTLS");
            // A ClientHello of TLS 1.0 with the suites of its time.
            connected.raw(new byte[] {
                22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
                19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 0, 0, 2, 0, 0x2f, 1, 0
            });
            byte[] alert = connected.socket().getInputStream().readAllBytes();
            assertEquals(21, alert[0]);
            assertEquals(70, alert[6], "protocol_version");
        }
        assertThrows(IOException.class, () -> {
            SSLContext plain = TestTls.client();
            try (SmtpTestClient connected = new SmtpTestClient(listen(ListenerKind.SMTP, Optional.empty()))) {
                connected.secure(plain);
            }
        });
    }
}
