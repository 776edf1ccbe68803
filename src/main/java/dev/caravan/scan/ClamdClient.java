package dev.caravan.scan;

import dev.caravan.mail.Content;
import dev.caravan.net.EventLoops;
import dev.caravan.net.HostAndPort;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Scans content with clamd's command INSTREAM: chunks, each preceded by its length in four octets, then a length of 0;
 * the answer ends with a NUL octet. Opens one connection per scan. No thread waits; of a content in a file one piece at
 * a time is in memory. Thread-safe.
 */
public final class ClamdClient {
    /** The default port of clamd. */
    public static final int PORT = 3310;
    /** The default time limit for connecting. */
    public static final Duration CONNECT = Duration.ofSeconds(5);
    /**
     * The default time limit for a scan: the one that clamd has itself, and shorter than a session waits for its route.
     */
    public static final Duration WHOLE = Duration.ofMinutes(2);

    private static final int PIECE = 32 * 1024;
    private static final int MAX_ANSWER = 4096;
    private static final byte[] COMMAND = "zINSTREAM\0".getBytes(StandardCharsets.US_ASCII);
    private static final String PREFIX = "stream: ";
    private static final String FOUND = " FOUND";

    private final EventLoopGroup loops;
    private final Executor disk;
    private final Duration connect;
    private final Duration whole;

    /**
     * @param loops serve the connections.
     * @param disk reads files and looks up names; may block.
     * @param connect the time limit for connecting; default {@link #CONNECT}.
     * @param whole the time limit for the whole scan; default {@link #WHOLE}.
     */
    public ClamdClient(EventLoopGroup loops, Executor disk, Duration connect, Duration whole) {
        this.loops = loops;
        this.disk = disk;
        this.connect = connect;
        this.whole = whole;
    }

    /**
     * Scans content.
     *
     * @param clamd the address at which clamd listens.
     * @return never completes exceptionally: every failure is {@link ScanResult.Unknown}.
     */
    public CompletionStage<ScanResult> scan(HostAndPort clamd, Content content) {
        Scan scan = new Scan(clamd, content);
        try {
            disk.execute(scan::connect);
        } catch (RejectedExecutionException e) {
            scan.end("the server stops");
        }
        return scan.result;
    }

    /** Accepts only the two well-formed answers; any other is unknown. */
    static ScanResult read(String answer) {
        if (answer.equals(PREFIX + "OK")) {
            return new ScanResult.Clean();
        }
        if (answer.startsWith(PREFIX) && answer.endsWith(FOUND) && answer.length() > (PREFIX + FOUND).length()) {
            return new ScanResult.Found(answer.substring(PREFIX.length(), answer.length() - FOUND.length()));
        }
        return new ScanResult.Unknown(answer.isEmpty() ? "clamd said nothing" : "clamd said: " + answer);
    }

    /** Where the next piece comes from. One piece is asked for at a time. */
    private interface Pieces {
        /** The next piece with its length before it, or empty at the end. */
        ByteBuf next() throws IOException;

        default void close() throws IOException {}
    }

    private static final class PiecesInMemory implements Pieces {
        private final byte[] octets;
        private int sent;

        PiecesInMemory(byte[] octets) {
            this.octets = octets;
        }

        @Override
        public ByteBuf next() {
            int size = Math.min(PIECE, octets.length - sent);
            ByteBuf piece = size == 0
                    ? Unpooled.EMPTY_BUFFER
                    : Unpooled.wrappedBuffer(
                            Unpooled.buffer(Integer.BYTES).writeInt(size), Unpooled.wrappedBuffer(octets, sent, size));
            sent += size;
            return piece;
        }
    }

    private record PiecesInFile(InputStream in) implements Pieces {
        @Override
        public ByteBuf next() throws IOException {
            ByteBuf piece = ByteBufAllocator.DEFAULT.ioBuffer(PIECE + Integer.BYTES);
            try {
                piece.writerIndex(Integer.BYTES);
                int read = 0;
                while (read >= 0 && piece.writableBytes() > 0) {
                    read = piece.writeBytes(in, piece.writableBytes());
                }
                int size = piece.readableBytes() - Integer.BYTES;
                piece.setInt(0, size);
                if (size == 0) {
                    piece.release();
                    return Unpooled.EMPTY_BUFFER;
                }
                return piece;
            } catch (IOException | RuntimeException e) {
                piece.release();
                throw e;
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** One scan. */
    private final class Scan extends SimpleChannelInboundHandler<ByteBuf> {
        private final HostAndPort clamd;
        private final Content content;
        private final CompletableFuture<ScanResult> result = new CompletableFuture<>();
        private final StringBuilder answer = new StringBuilder();
        private final boolean isInFile;
        private volatile @Nullable Throwable failure;

        Scan(HostAndPort clamd, Content content) {
            this.clamd = clamd;
            this.content = content;
            this.isInFile = content instanceof Content.InFile;
        }

        /** On a thread of the disk, since it looks up the name and opens the file. */
        void connect() {
            try {
                InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(clamd.host()), clamd.port());
                ChannelFuture connected = new Bootstrap()
                        .group(loops)
                        .channel(EventLoops.channelType(loops))
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connect.toMillis())
                        .handler(this)
                        .connect(address);
                connected.addListener(done -> {
                    if (!done.isSuccess()) {
                        end(String.valueOf(done.cause()));
                    }
                });
            } catch (IOException | RuntimeException e) {
                end(e.toString());
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            // clamd may stop reading, or never answer.
            ScheduledFuture<?> late = ctx.executor()
                    .schedule(
                            () -> {
                                end("no answer within " + whole.toSeconds() + " s");
                                channel.close();
                            },
                            whole.toMillis(),
                            TimeUnit.MILLISECONDS);
            result.whenComplete((any, none) -> late.cancel(false));
            ctx.write(Unpooled.wrappedBuffer(COMMAND), ctx.voidPromise());
            onDisk(channel, () -> {
                Pieces pieces = isInFile
                        ? new PiecesInFile(content.open())
                        : new PiecesInMemory(((Content.InMemory) content).octets());
                // Also closes the file of a scan that ended before.
                result.whenComplete((any, none) -> close(pieces));
                send(channel, pieces);
            });
        }

        /** Work on a file; a failure ends the scan. */
        private void onDisk(Channel channel, Reading work) {
            Runnable safe = () -> {
                try {
                    work.run();
                } catch (IOException | RuntimeException e) {
                    end(e.toString());
                    channel.close();
                }
            };
            if (!isInFile) {
                safe.run();
                return;
            }
            try {
                disk.execute(safe);
            } catch (RejectedExecutionException e) {
                end("the server stops");
                channel.close();
            }
        }

        /** Sends a piece, and the next when it is away. */
        private void send(Channel channel, Pieces pieces) throws IOException {
            if (result.isDone()) {
                return;
            }
            ByteBuf piece = pieces.next();
            if (!piece.isReadable()) {
                channel.writeAndFlush(Unpooled.buffer(Integer.BYTES).writeInt(0))
                        .addListener(done -> note(done.cause()));
                return;
            }
            channel.writeAndFlush(piece).addListener(done -> {
                if (done.isSuccess()) {
                    onDisk(channel, () -> send(channel, pieces));
                } else {
                    note(done.cause());
                }
            });
        }

        /** clamd sends its reason and closes when it stops reading; that reason says more than the write error. */
        private void note(@Nullable Throwable writing) {
            if (writing != null) {
                failure = writing;
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf octets) {
            int end = octets.forEachByte(octet -> octet != 0 && octet != '\n');
            int size = end < 0 ? octets.readableBytes() : end - octets.readerIndex();
            answer.append(octets.toString(
                    octets.readerIndex(), Math.min(size, MAX_ANSWER - answer.length()), StandardCharsets.ISO_8859_1));
            if (end >= 0 || answer.length() >= MAX_ANSWER) {
                result.complete(read(answer.toString()));
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            Throwable writing = failure;
            if (answer.length() == 0 && writing != null) {
                end(writing.toString());
            } else {
                result.complete(read(answer.toString()));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            note(cause);
            ctx.close();
        }

        private void end(String reason) {
            result.complete(new ScanResult.Unknown("clamd at " + clamd + ": " + reason));
        }

        private void close(Pieces pieces) {
            try {
                pieces.close();
            } catch (IOException e) {
                // It was only read.
                return;
            }
        }
    }

    private interface Reading {
        void run() throws IOException;
    }
}
