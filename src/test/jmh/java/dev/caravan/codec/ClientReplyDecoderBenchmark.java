package dev.caravan.codec;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** What a server says during one delivery, as the client reads it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ClientReplyDecoderBenchmark {
    private final EmbeddedChannel channel = new EmbeddedChannel(new ClientReplyDecoder());
    private final byte[] greeting = octets("220 mx.example.net ESMTP\r\n250-mx.example.net\r\n250-PIPELINING\r\n"
            + "250-SIZE 52428800\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 DSN\r\n");
    private final byte[] transaction = octets("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n"
            + "250 2.0.0 Ok: queued as 4cXyZ01234z9abc\r\n");

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The greeting, and a reply to EHLO of six lines. */
    @Benchmark
    public void greeting(Blackhole hole) {
        decode(greeting, hole);
    }

    /** Four replies of one line. */
    @Benchmark
    public void transaction(Blackhole hole) {
        decode(transaction, hole);
    }

    private void decode(byte[] octets, Blackhole hole) {
        channel.writeInbound(
                PooledByteBufAllocator.DEFAULT.buffer(octets.length).writeBytes(octets));
        for (Object reply = channel.readInbound(); reply != null; reply = channel.readInbound()) {
            hole.consume(reply);
        }
    }
}
