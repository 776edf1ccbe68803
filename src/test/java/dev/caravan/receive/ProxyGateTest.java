package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.Networks;
import dev.caravan.session.SessionFacts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The PROXY protocol, versions 1 and 2, with the octets that HAProxy sends. */
class ProxyGateTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String IPV4 = "c0000207" + "c6336401" + "1f90" + "0019";
    private static final String IPV6 =
            "20010db8000000000000000000000007" + "20010db8000000000000000000000001" + "1f90" + "0019";
    private static final String PEER = "10.0.0.1:50000";

    /** What the session behind sees. */
    private static final class Session extends ChannelInboundHandlerAdapter {
        private String began = "";
        private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            InetSocketAddress client = SessionFacts.client(ctx.channel());
            began += client.getAddress().getHostAddress() + ":" + client.getPort();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf octetsRead = (ByteBuf) message;
            while (octetsRead.isReadable()) {
                octets.write(octetsRead.readByte());
            }
            octetsRead.release();
        }
    }

    private final Session session = new Session();

    private EmbeddedChannel connected(String proxies) {
        EmbeddedChannel channel =
                new EmbeddedChannel(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ProxyGate.install(ch.pipeline(), Networks.parse(proxies), Duration.ofSeconds(10));
                        ch.pipeline().addLast(session);
                    }
                }) {
                    @Override
                    protected SocketAddress remoteAddress0() {
                        return new InetSocketAddress("10.0.0.1", 50_000);
                    }
                };
        channel.freezeTime();
        return channel;
    }

    private static byte[] version1(String line) {
        return (line + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] version2(String command, String family, String rest) {
        return HexFormat.of().parseHex(SIGNATURE + command + family + "%04x".formatted(rest.length() / 2) + rest);
    }

    static Stream<List<Object>> headers() {
        String noop = "04" + "0003" + "000000";
        String tls = "20" + "000f" + "0100000000" + "21" + "0007"
                + HexFormat.of().formatHex("TLSv1.3".getBytes(StandardCharsets.US_ASCII));
        return Stream.of(
                List.of(version1("PROXY TCP4 192.0.2.7 198.51.100.1 8080 25"), "192.0.2.7:8080"),
                List.of(version1("PROXY TCP6 2001:db8::7 2001:db8::1 8080 25"), "2001:db8:0:0:0:0:0:7:8080"),
                List.of(version1("PROXY UNKNOWN"), PEER),
                List.of(version1("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535"), PEER),
                List.of(version2("21", "11", IPV4), "192.0.2.7:8080"),
                List.of(version2("21", "21", IPV6), "2001:db8:0:0:0:0:0:7:8080"),
                List.of(version2("21", "11", IPV4 + noop + tls), "192.0.2.7:8080"),
                List.of(version2("20", "00", ""), PEER),
                List.of(version2("20", "11", IPV4), PEER),
                List.of(version2("21", "00", ""), PEER));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void theSessionIsThatOfTheClient(List<Object> header) {
        byte[] octets = (byte[]) header.get(0);
        byte[] more = "EHLO c.example\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] all = joined(octets, more);
        for (int cut = 0; cut <= all.length; cut++) {
            Session fresh = new ProxyGateTest().play(all, cut);
            assertEquals(header.get(1), fresh.began, "cut at " + cut);
            assertEquals("EHLO c.example\r\n", fresh.octets.toString(StandardCharsets.US_ASCII), "cut at " + cut);
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        all.writeBytes(second);
        return all.toByteArray();
    }

    private Session play(byte[] all, int cut) {
        EmbeddedChannel channel = connected("10.0.0.0/8");
        assertEquals("", session.began);
        channel.writeInbound(Unpooled.copiedBuffer(all, 0, cut));
        channel.writeInbound(Unpooled.copiedBuffer(all, cut, all.length - cut));
        assertFalse(channel.finish());
        return session;
    }

    @Test
    void eachOctetMayComeAlone() {
        for (Object header : headers().map(row -> row.get(0)).toList()) {
            ProxyGateTest test = new ProxyGateTest();
            EmbeddedChannel channel = test.connected("10.0.0.1");
            for (byte octet : (byte[]) header) {
                assertEquals("", test.session.began);
                channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {octet}));
            }
            assertFalse(test.session.began.isEmpty());
            channel.finishAndReleaseAll();
        }
    }

    static Stream<byte[]> noHeaders() {
        return Stream.of(
                version1("EHLO client.example"),
                version1("PROXY TCP4 192.0.2.7 198.51.100.1 8080"),
                version1("PROXY TCP4 192.0.2.7 198.51.100.1 80800 25"),
                version1("PROXY TCP4 192.0.2.256 198.51.100.1 8080 25"),
                version1("PROXY TCP4 localhost 198.51.100.1 8080 25"),
                version1("PROXY TCP9 192.0.2.7 198.51.100.1 8080 25"),
                version1("PROXY TCP4 192.0.2.7 198.51.100.1 8080 25" + " ".repeat(200)),
                ("PROXY TCP4 " + "1".repeat(500)).getBytes(StandardCharsets.US_ASCII),
                version2("31", "11", IPV4),
                version2("21", "11", "c0000207"),
                version2("2f", "11", IPV4),
                version2("21", "11", IPV4 + "00".repeat(5000)),
                HexFormat.of().parseHex(SIGNATURE + "2111" + "ffff" + "00".repeat(64)),
                version2("21", "11", IPV4 + "20" + "ffff" + "00"));
    }

    @ParameterizedTest
    @MethodSource("noHeaders")
    void anythingElseEndsTheConnection(byte[] octets) {
        EmbeddedChannel channel = connected("10.0.0.0/8");
        channel.writeInbound(Unpooled.wrappedBuffer(octets));
        channel.advanceTimeBy(10, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertFalse(channel.isOpen());
        assertEquals("", session.began);
        assertEquals(0, session.octets.size());
        assertFalse(channel.finish());
    }

    @ParameterizedTest
    @CsvSource({"9, true", "10, false"})
    void aSilentProxyIsDisconnected(int seconds, boolean isOpen) {
        EmbeddedChannel channel = connected("10.0.0.0/8");
        channel.writeInbound(Unpooled.copiedBuffer("PROXY TCP4 ", StandardCharsets.US_ASCII));
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertEquals(isOpen, channel.isOpen());
        channel.finishAndReleaseAll();
    }

    @Test
    void othersAreNotProxies() {
        EmbeddedChannel channel = connected("192.0.2.0/24");
        assertEquals(PEER, session.began);
        channel.writeInbound(Unpooled.wrappedBuffer(version1("PROXY TCP4 192.0.2.7 198.51.100.1 8080 25")));
        assertTrue(session.octets.toString(StandardCharsets.US_ASCII).startsWith("PROXY "));
        channel.finishAndReleaseAll();
    }
}
