package dev.caravan.delivery;

import dev.caravan.codec.DotStuffing;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one content in chunks, as fast as the peer accepts it: trace header, stuffed octets, final dot; or one
 * chunk of BDAT with the octets as they are (RFC 3030 §2). At most a few
 * chunks are in memory. Files are read and contents converted by another executor; everything else runs on the
 * channel's event loop.
 */
final class ContentWriter {
    /** Receives the progress; called on the event loop. */
    interface Listener {
        /** A part was written; the peer still accepts content. */
        void contentMoves();

        /**
         * Asked before the last part, with the final dot or the end of the chunk, is written.
         *
         * @return false if it must not be: the listener drops the connection.
         */
        boolean mayEnd();

        /** Everything was written, including the final dot, if there is one. */
        void contentSent();

        /** The content could not be read; its end was not and will not be sent. */
        void contentUnreadable(Exception cause);
    }

    private static final int CHUNK = 32 * 1024;
    private static final int ROOM_FOR_DOTS = 256;

    private final Channel channel;
    private final OutboundMail mail;
    private final Executor reads;
    private final Listener listener;
    /** Empty for a chunk of BDAT. */
    private final Optional<DotStuffing> stuffing;

    private long sent;
    private boolean isBegun;
    private boolean isReading;
    private boolean isOver;

    // Only the reading task touches these, and only one runs at a time.
    private @Nullable InputStream in;
    private byte @Nullable [] chunk;

    ContentWriter(Channel channel, FittedMail form, Executor reads, Listener listener) {
        this.channel = channel;
        this.mail = form.mail();
        this.stuffing = form.isChunked() ? Optional.empty() : Optional.of(new DotStuffing());
        this.reads = reads;
        this.listener = listener;
    }

    /** Writes as much as the channel has room for. Call it at the start and whenever the channel becomes writable. */
    void pump() {
        Optional<byte[]> memory = mail.octets();
        if (memory.isPresent()) {
            byte[] octets = memory.get();
            while (!isOver && channel.isWritable()) {
                int length = (int) Math.min(CHUNK, octets.length - sent);
                write(octets, (int) sent, length);
            }
        } else if (!isOver && !isReading && channel.isWritable()) {
            isReading = true;
            long from = sent;
            submit(() -> read(from));
        }
    }

    /** Ends early; the end of the content is not sent. */
    void cancel() {
        if (!isOver) {
            isOver = true;
            if (!isReading) {
                submit(this::close);
            }
        }
    }

    private void submit(Runnable task) {
        try {
            reads.execute(task);
        } catch (RejectedExecutionException e) {
            unreadable(e);
        }
    }

    private void read(long from) {
        try {
            byte[] octets = chunk == null ? new byte[CHUNK] : chunk;
            chunk = octets;
            Optional<Path> file = mail.file();
            int length = file.isPresent() ? readAt(file.get(), from, octets) : readOn(octets);
            channel.eventLoop().execute(() -> wasRead(octets, length));
        } catch (IOException | RuntimeException e) {
            channel.eventLoop().execute(() -> unreadable(e));
        }
    }

    /** A file is open only while it is read: thousands of servers may be slow to take their messages. */
    private static int readAt(Path file, long from, byte[] octets) throws IOException {
        try (SeekableByteChannel open = Files.newByteChannel(file)) {
            ByteBuffer room = ByteBuffer.wrap(octets);
            open.position(from);
            while (room.hasRemaining() && open.read(room) >= 0) {
                // Until the chunk is full, or the file ends.
            }
            return room.position();
        }
    }

    private int readOn(byte[] octets) throws IOException {
        InputStream stream = in == null ? mail.open() : in;
        in = stream;
        return stream.readNBytes(octets, 0, CHUNK);
    }

    private void close() {
        try {
            if (in != null) {
                in.close();
            }
        } catch (IOException e) {
            // It was open for reading only; nothing is lost.
            in = null;
        }
    }

    private void wasRead(byte[] octets, int length) {
        isReading = false;
        if (isOver) {
            submit(this::close);
            return;
        }
        if (sent + length > mail.contentSize() || (length < CHUNK && sent + length < mail.contentSize())) {
            // A partial message must not look like a whole one.
            unreadable(new IOException(
                    "content of " + (sent + length) + " octets (expected: " + mail.contentSize() + ")"));
            return;
        }
        write(octets, 0, length);
        pump();
    }

    private void unreadable(Exception cause) {
        isReading = false;
        if (!isOver) {
            cancel();
            listener.contentUnreadable(cause);
        }
    }

    private void append(byte[] octets, int from, int length, ByteBuf out) {
        if (stuffing.isPresent()) {
            stuffing.get().append(octets, from, length, out);
        } else {
            out.writeBytes(octets, from, length);
        }
    }

    private void write(byte[] octets, int from, int length) {
        if (sent + length == mail.contentSize() && !listener.mayEnd()) {
            cancel();
            return;
        }
        byte[] header = mail.traceHeader();
        ByteBuf out = channel.alloc().ioBuffer(length + ROOM_FOR_DOTS + (isBegun ? 0 : header.length));
        if (!isBegun) {
            isBegun = true;
            if (stuffing.isEmpty()) {
                out.writeCharSequence(ClientCommand.lastChunk(mail.size()), StandardCharsets.US_ASCII);
            }
            append(header, 0, header.length, out);
        }
        append(octets, from, length, out);
        sent += length;
        isOver = sent == mail.contentSize();
        if (isOver) {
            stuffing.ifPresent(dots -> dots.end(out));
            if (in != null) {
                submit(this::close);
            }
        }
        channel.writeAndFlush(out, channel.voidPromise());
        if (isOver) {
            listener.contentSent();
        } else {
            listener.contentMoves();
        }
    }
}
