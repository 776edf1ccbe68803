package dev.caravan.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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

/** Content on its way to the next hop: dots doubled, the end added. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DotStuffingBenchmark {
    private static final int CHUNK = 32 * 1024;
    private static final String LINES = ("x".repeat(76) + "\r\n").repeat(9) + ".x" + "x".repeat(73) + "\r\n";

    @Param({"4096", "65536"})
    public int octets;

    private byte[] content = new byte[0];

    @Setup
    public void makeContent() {
        content = LINES.repeat(octets / LINES.length() + 1).getBytes(StandardCharsets.US_ASCII);
    }

    /** In chunks, as they are written to a connection. */
    @Benchmark
    public int encode() {
        DotStuffing stuffing = new DotStuffing();
        int written = 0;
        for (int from = 0; from < content.length; from += CHUNK) {
            int length = Math.min(CHUNK, content.length - from);
            ByteBuf out = PooledByteBufAllocator.DEFAULT.ioBuffer(length + 256);
            stuffing.append(content, from, length, out);
            if (from + length == content.length) {
                stuffing.end(out);
            }
            written += out.readableBytes();
            out.release();
        }
        return written;
    }
}
