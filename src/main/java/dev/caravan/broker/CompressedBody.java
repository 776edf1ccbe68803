package dev.caravan.broker;

import jakarta.jms.Message;
import jakarta.jms.TextMessage;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.util.ByteSequence;

/**
 * The bodies of messages that a client library has compressed. Such a body states its decompressed length, and the
 * library reserves that much memory without a check: 100 kB may become 100 MB, and a few octets may claim to.
 */
public final class CompressedBody {
    /** A body is in memory about four times while it is decompressed, copied and made into a message. */
    private static final int PART_OF_HEAP = 16;

    private static final long SMALLEST_LIMIT = 1024 * 1024;
    /** The highest ratio that Deflate reaches. */
    private static final long BEST_RATIO = 1040;

    private CompressedBody() {}

    /** The maximum octets of a decompressed body. */
    public static long limit() {
        return Math.max(SMALLEST_LIMIT, Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    /**
     * Whether a body may be decompressed: it is not compressed, or its stated length is within the limit and possible
     * for its octets. Decompresses only the length.
     *
     * @param message of bytes or text; no other is read.
     */
    public static boolean mayBeRead(Message message) {
        if (!(message instanceof ActiveMQMessage received)
                || !received.isCompressed()
                || received.getContent() == null) {
            return true;
        }
        ByteSequence content = received.getContent();
        long length = message instanceof TextMessage ? textLength(content) : bytesLength(content);
        return length <= limit() && length <= BEST_RATIO * content.getLength();
    }

    /** The first four octets; a body without them cannot be decompressed, and the library does not look. */
    private static long bytesLength(ByteSequence content) {
        boolean hasLength = content.getLength() >= Integer.BYTES;
        return hasLength
                ? ByteBuffer.wrap(content.getData(), content.getOffset(), Integer.BYTES)
                        .getInt()
                : Long.MAX_VALUE;
    }

    /** The length stands before the text, compressed as that is. */
    private static long textLength(ByteSequence content) {
        Inflater inflater = new Inflater();
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(
                new ByteArrayInputStream(content.getData(), content.getOffset(), content.getLength()), inflater))) {
            return in.readInt();
        } catch (IOException e) {
            // The library will say so too.
            return 0;
        } finally {
            inflater.end();
        }
    }
}
