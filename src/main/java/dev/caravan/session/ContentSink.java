package dev.caravan.session;

import dev.caravan.mail.Content;
import dev.caravan.mail.MemoryLease;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;

/**
 * Where the content of one mail goes while it is received. All methods are called on the session's event loop and must
 * not block it. After {@link #finish()} or {@link #abandon()} only {@link #unclaimed} may be called.
 */
public interface ContentSink {
    /**
     * Takes some octets.
     *
     * @param chunk belongs to the sink from now on, even if this throws; a slice of what was read from the network,
     *     from one octet to some ten KiB.
     * @return whether more may come at once; if not, nothing comes until {@code whenWritable} was run.
     * @throws InsufficientStorageException if there is no room; any other exception says that the sink is broken. The
     *     sink is then abandoned.
     */
    boolean append(ByteBuf chunk);

    /**
     * The content is whole.
     *
     * @return completes, on any thread, when the content is durable if it is in a file; exceptionally if it could not
     *     be kept, with {@link InsufficientStorageException} if for want of room.
     */
    CompletionStage<Content> finish();

    /**
     * What the content holds of the memory. Whoever asks the route about the message has it closed when the message is
     * stored or not taken; of a content that nobody is asked about the sink closes it.
     */
    default MemoryLease memory() {
        return MemoryLease.unlimited();
    }

    /** The content will not be wanted: all that was kept goes. */
    void abandon();

    /**
     * The client left between {@link #finish()} and its completion, so that nobody will be asked to take the content.
     *
     * @param content what finish came to.
     */
    default void unclaimed(Content content) {}
}
