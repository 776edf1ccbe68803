package dev.caravan.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** What a client sends for one mail, as the server takes it apart. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SmtpServerDecoderBenchmark {
    private static final String COMMANDS = "EHLO client.example\r\nMAIL FROM:<sender@example.org> SIZE=4096\r\n"
            + "RCPT TO:<recipient@example.net> NOTIFY=FAILURE\r\nDATA\r\n";
    /** As many dots at the start of a line as there are in a text with lists. */
    private static final String LINES = ("x".repeat(76) + "\r\n").repeat(9) + "..x" + "x".repeat(73) + "\r\n";

    private static final int SEGMENT = 1460;

    private final SmtpServerDecoder decoder = new SmtpServerDecoder(LineLimits.DEFAULT);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);
    private final byte[] commands = COMMANDS.getBytes(StandardCharsets.US_ASCII);

    /** A state of its own, so that commands are measured once. */
    @State(Scope.Thread)
    public static class Content {
        @Param({"4096", "65536"})
        public int octets;

        private byte[] stuffed = new byte[0];

        @Setup
        public void make() {
            String text = LINES.repeat(octets / LINES.length() + 1) + ".\r\n";
            stuffed = text.getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** Four lines in one segment. */
    @Benchmark
    public void commands(Blackhole hole) {
        channel.writeInbound(
                PooledByteBufAllocator.DEFAULT.buffer(commands.length).writeBytes(commands));
        take(hole);
    }

    /** Content in one read. */
    @Benchmark
    public void contentWhole(Content content, Blackhole hole) {
        decode(content.stuffed, content.stuffed.length, hole);
    }

    /** Content as it comes from an Ethernet, segment by segment. */
    @Benchmark
    public void contentInSegments(Content content, Blackhole hole) {
        decode(content.stuffed, SEGMENT, hole);
    }

    private void decode(byte[] stuffed, int chunk, Blackhole hole) {
        decoder.expectContent();
        for (int from = 0; from < stuffed.length; from += chunk) {
            int length = Math.min(chunk, stuffed.length - from);
            ByteBuf octets = PooledByteBufAllocator.DEFAULT.buffer(length).writeBytes(stuffed, from, length);
            channel.writeInbound(octets);
            take(hole);
        }
    }

    private void take(Blackhole hole) {
        for (SmtpInput input = channel.readInbound(); input != null; input = channel.readInbound()) {
            if (input instanceof SmtpInput.ContentChunk chunk) {
                chunk.octets().release();
            }
            hole.consume(input);
        }
    }
}
