package dev.caravan.session;

import dev.caravan.mail.Content;
import dev.caravan.mail.MemoryLease;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;

/**
 * Takes the content of one message while the session receives it. All methods are called on the session's event loop
 * and must not block it. After {@link #finish()} or {@link #abandon()} only {@link #unclaimed} may be called.
 */
public interface ContentSink {
    /**
     * Takes some octets.
     *
     * @param chunk belongs to the sink from now on, even if this throws; a slice of what was read from the network,
     *     from one octet to some ten KiB.
     * @return whether the caller may append more at once; if not, it appends nothing until {@code whenWritable} has
     *     run.
     * @throws InsufficientStorageException if there is no room; any other exception means that the sink is broken. The
     *     caller then abandons the sink.
     */
    boolean append(ByteBuf chunk);

    /**
     * Ends the content, which is complete.
     *
     * @return completes, on any thread, when the content is stored (durably, if it is in a file); exceptionally if it
     *     cannot be stored, with {@link InsufficientStorageException} if there is no room.
     */
    CompletionStage<Content> finish();

    /**
     * The memory that the content holds. Once the session asks the route about the message, the route closes the lease
     * when the message is stored or refused; if the session never asks, the sink closes it.
     */
    default MemoryLease memory() {
        return MemoryLease.unlimited();
    }

    /** Discards the content and everything that was stored of it. */
    void abandon();

    /**
     * The client disconnected between {@link #finish()} and its completion; the session does not ask the route about
     * the content.
     *
     * @param content the result of {@link #finish()}.
     */
    default void unclaimed(Content content) {}
}
