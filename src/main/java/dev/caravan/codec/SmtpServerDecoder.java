package dev.caravan.codec;

import dev.caravan.smtp.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Optional;

/**
 * Turns a client's octets into {@link SmtpInput}, one at a time: the next handler may {@link #pause()} it while it
 * processes one input, and the decoder reads no further octet before {@link #resume()}. So no later reply overtakes one
 * that takes time, and {@link #expectContent()} takes effect exactly after the DATA line, even if the content came in
 * the same segment.
 *
 * <p>While paused it keeps what it has and at most one more read, then stops reading from the socket. All methods are
 * called on the channel's event loop.
 */
public final class SmtpServerDecoder extends ChannelInboundHandlerAdapter {
    private enum Mode {
        COMMAND,
        CONTENT,
        CHUNK,
        /** All input is dropped. It is still read, because a reset of the connection could destroy the last reply. */
        DISCARD
    }

    private final CommandLineReader commands;
    private final ContentReader content;
    private final RepairingContentReader repairingContent;
    private final ChunkReader chunks;
    private Mode mode = Mode.COMMAND;
    private ByteBuf kept = Unpooled.EMPTY_BUFFER;
    private boolean paused;
    private boolean decoding;
    private boolean stoppedReading;
    private boolean repairing;
    private boolean flushesEachRead;
    private Runnable beforeReading = () -> {};
    private ChannelHandlerContext context;

    public SmtpServerDecoder(LineLimits limits) {
        this.commands = new CommandLineReader(limits);
        this.content = new ContentReader(limits);
        this.repairingContent = new RepairingContentReader(limits);
        this.chunks = new ChunkReader(limits);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Emits nothing more until {@link #resume()}. */
    public void pause() {
        paused = true;
    }

    public boolean isPaused() {
        return paused;
    }

    /** Emits what was kept, and continues to read. Does nothing if it was not paused. */
    public void resume() {
        if (!paused) {
            return;
        }
        paused = false;
        if (decoding) {
            return;
        }
        decode();
        if (!paused) {
            if (flushesEachRead) {
                context.flush();
            }
            beforeReading.run();
        }
        if (!paused && stoppedReading) {
            stoppedReading = false;
            context.channel().config().setAutoRead(true);
        }
        context.fireChannelReadComplete();
    }

    /**
     * From now on this is done after a pause, when all that was kept is emitted.
     *
     * @param task passes on what others keep for this decoder; may lead to a pause.
     */
    void beforeReading(Runnable task) {
        beforeReading = task;
    }

    /**
     * From now on an LF without CR ends a line, or does not.
     *
     * @param isRepairing only for clients that the operator trusts.
     */
    public void repairLineEnds(boolean isRepairing) {
        repairing = isRepairing;
        commands.repairLineEnds(isRepairing);
    }

    /** The next line is the response of a SASL exchange, which may be longer than a command (RFC 4954 §4). */
    public void expectResponse() {
        commands.expectResponse();
    }

    /**
     * From now on what was written is flushed after each read. The engines of TLS send nothing more once they have found
     * the client's close_notify, which may follow its last command in the same segment.
     */
    public void flushEachRead() {
        flushesEachRead = true;
    }

    /** The next octet is the first of content. After the end of the content the decoder expects commands again. */
    public void expectContent() {
        mode = Mode.CONTENT;
        repairingContent.begin(commands.hasEndedBare());
    }

    /**
     * The next octet is the first of a chunk of BDAT. After the end of the chunk the decoder expects commands again.
     *
     * @param chunk its size.
     * @param isFirst whether it is the first chunk of its content.
     * @param isBinary whether its lines are not checked.
     */
    public void expectChunk(Command.Bdat chunk, boolean isFirst, boolean isBinary) {
        mode = Mode.CHUNK;
        chunks.begin(chunk, isFirst, isBinary);
    }

    /** Emits nothing from now on; input is read and dropped. */
    public void discard() {
        mode = Mode.DISCARD;
        resume();
    }

    /**
     * Forgets what was read and not emitted: what came in clear after STARTTLS (RFC 3207 §4.2). Called while a command line
     * is being handled.
     *
     * @return how many octets that were.
     */
    public int forgetRest() {
        int octets = kept.readableBytes();
        drop();
        return octets;
    }

    /** Whether part of a command line has arrived, but not its end. */
    public boolean isWithinCommand() {
        return mode == Mode.COMMAND && (kept.isReadable() || commands.isSkipping());
    }

    /** Whether nothing is kept. */
    public boolean isEmpty() {
        return !kept.isReadable();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf octets)) {
            ctx.fireChannelRead(message);
            return;
        }
        keep(octets);
        if (!paused) {
            decode();
            if (flushesEachRead) {
                ctx.flush();
            }
        } else if (!stoppedReading) {
            stoppedReading = true;
            ctx.channel().config().setAutoRead(false);
        }
    }

    private void decode() {
        decoding = true;
        try {
            while (!paused) {
                Optional<SmtpInput> input = next();
                if (input.isEmpty()) {
                    break;
                }
                context.fireChannelRead(input.get());
            }
        } finally {
            decoding = false;
        }
        tidy();
    }

    private Optional<SmtpInput> next() {
        return switch (mode) {
            case COMMAND -> commands.read(kept);
            case CONTENT -> {
                Optional<SmtpInput> input = repairing ? repairingContent.read(kept) : content.read(kept);
                if (input.isPresent() && input.get() instanceof SmtpInput.EndOfContent) {
                    mode = Mode.COMMAND;
                }
                yield input;
            }
            case CHUNK -> {
                Optional<SmtpInput> input = chunks.read(kept);
                if (chunks.isOver()) {
                    mode = Mode.COMMAND;
                }
                yield input;
            }
            case DISCARD -> {
                kept.skipBytes(kept.readableBytes());
                yield Optional.empty();
            }
        };
    }

    private void keep(ByteBuf octets) {
        if (!kept.isReadable()) {
            kept.release();
            kept = octets;
            return;
        }
        replaceKept(octets.readableBytes());
        kept.writeBytes(octets);
        octets.release();
    }

    /** Copies a part of a line, so that a few octets of a slow client do not keep a large read buffer in memory. */
    private void tidy() {
        if (!kept.isReadable()) {
            drop();
        } else if (!paused) {
            replaceKept(0);
        }
    }

    private void replaceKept(int more) {
        ByteBuf copy = context.alloc().buffer(kept.readableBytes() + more);
        copy.writeBytes(kept);
        kept.release();
        kept = copy;
    }

    private void drop() {
        kept.release();
        kept = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        mode = Mode.DISCARD;
        if (!decoding) {
            drop();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        drop();
    }
}
