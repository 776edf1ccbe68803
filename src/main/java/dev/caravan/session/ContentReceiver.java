package dev.caravan.session;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MemoryLease;
import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content of one mail on its way into a sink. It counts octets, and when the sink fails or the content grows too
 * large it gives the sink up but reads on, so that the refusal comes where the client expects it: behind the end of the
 * content (RFC 5321 §4.2.5). Its owner hears exactly once how it ended, unless the owner abandons it before.
 */
final class ContentReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(ContentReceiver.class);

    /** Whose content it is; called on the event loop. */
    interface Owner {
        /** {@link #isWaiting()} changed. */
        void flowChanged();

        /** All is kept. */
        void contentKept(MailId id, Content content, MemoryLease memory);

        /** The content has ended and cannot be taken. */
        void contentRefused(Reply reply);
    }

    private enum State {
        RECEIVING,
        /** The sink is gone, the client does not know yet. */
        GIVEN_UP,
        FINISHING,
        OVER
    }

    private final MailId id;
    private final SessionTerms terms;
    private final EventLoop loop;
    private final Owner owner;
    private final ContentSink sink;
    private State state = State.RECEIVING;
    private long octets;
    private boolean sinkIsFull;
    private Optional<Reply> refusal = Optional.empty();

    /**
     * Opens a sink.
     *
     * @throws RuntimeException if the sink cannot be opened; {@link #refusalFor} has words for it.
     */
    ContentReceiver(MailId id, SessionSetup setup, EventLoop loop, Owner owner) {
        this.id = id;
        this.terms = setup.terms();
        this.loop = loop;
        this.owner = owner;
        // Never run at once, even on the event loop: the sink may call before append has answered.
        this.sink = setup.sinks().open(id, () -> executeOn(loop, this::sinkIsWritable));
    }

    /** Whether no more octets may come now, or all came and are not yet kept. */
    boolean isWaiting() {
        return sinkIsFull || state == State.FINISHING;
    }

    void append(ByteBuf chunk) {
        octets += chunk.readableBytes();
        if (state != State.RECEIVING) {
            chunk.release();
        } else if (octets > terms.limits().mail().octets()) {
            chunk.release();
            giveUp(terms.replies().tooLarge());
        } else {
            try {
                sinkIsFull = !sink.append(chunk);
            } catch (RuntimeException e) {
                giveUp(refusalFor(id, e));
            }
            if (sinkIsFull) {
                owner.flowChanged();
            }
        }
    }

    /** The end came, with a flaw of the content if it has one. */
    void end(Optional<Reply> flaw) {
        Optional<Reply> reason = flaw.or(() -> refusal);
        if (reason.isPresent()) {
            abandon();
            owner.contentRefused(reason.get());
            return;
        }
        state = State.FINISHING;
        sinkIsFull = false;
        owner.flowChanged();
        finish().whenComplete((content, failure) -> {
            if (loop.inEventLoop()) {
                finished(content, failure);
            } else {
                executeOn(loop, () -> finished(content, failure));
            }
        });
    }

    /** Nobody wants the content. */
    void abandon() {
        boolean receiving = state == State.RECEIVING;
        state = State.OVER;
        if (receiving) {
            abandonSink();
        }
    }

    private CompletionStage<Content> finish() {
        try {
            return sink.finish();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void finished(@Nullable Content content, @Nullable Throwable failure) {
        boolean wanted = state == State.FINISHING;
        state = State.OVER;
        if (content == null) {
            Reply reply = refusalFor(id, failure);
            if (wanted) {
                owner.contentRefused(reply);
            }
        } else if (wanted) {
            owner.contentKept(id, content, sink.memory());
        } else {
            sink.unclaimed(content);
        }
    }

    private void sinkIsWritable() {
        if (sinkIsFull) {
            sinkIsFull = false;
            owner.flowChanged();
        }
    }

    private void giveUp(Reply reason) {
        refusal = Optional.of(reason);
        state = State.GIVEN_UP;
        abandonSink();
    }

    private void abandonSink() {
        sinkIsFull = false;
        try {
            sink.abandon();
        } catch (RuntimeException e) {
            LOG.error("content of {} cannot be removed: {}", id, Printable.text(e));
        }
    }

    static void executeOn(EventLoop loop, Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the event loop is gone, and with it the session");
        }
    }

    /** What the client hears when its content cannot be kept: always to try again, for it is no fault of its own. */
    static Reply refusalFor(MailId id, @Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof InsufficientStorageException) {
            LOG.warn("no room for the content of {}: {}", id, Printable.text(cause));
            return Replies.NO_ROOM;
        }
        LOG.error("content of {} cannot be kept: {}", id, Printable.text(cause));
        LOG.debug("content of {} cannot be kept", id, cause);
        return Replies.OUR_FAULT;
    }
}
