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
 * Receives the content of one message into a sink and counts its octets. When the sink fails or the content exceeds the
 * size limit, the receiver abandons the sink but reads on: the client expects the refusal after the end of the content
 * (RFC 5321 §4.2.5). It reports the result to its owner exactly once, unless the owner abandons it first.
 */
final class ContentReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(ContentReceiver.class);

    /** Receives the result; called on the event loop. */
    interface Owner {
        /** {@link #isWaiting()} changed. */
        void flowChanged();

        /** The sink has stored the whole content. */
        void contentKept(MailId id, Content content, MemoryLease memory);

        /** The content has ended and is refused with this reply. */
        void contentRefused(Reply reply);
    }

    private enum State {
        RECEIVING,
        /** The sink is abandoned; the refusal follows at the end of the content. */
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
     * @throws RuntimeException if the sink cannot be opened; {@link #refusalFor} makes a reply of it.
     */
    ContentReceiver(MailId id, SessionSetup setup, EventLoop loop, Owner owner) {
        this.id = id;
        this.terms = setup.terms();
        this.loop = loop;
        this.owner = owner;
        // Always runs as a task of its own, even when called on the event loop: the sink may call this before append
        // has returned.
        this.sink = setup.sinks().open(id, () -> executeOn(loop, this::sinkIsWritable));
    }

    /** Whether the sink accepts no more octets now, or the content has ended and the sink has not stored it yet. */
    boolean isWaiting() {
        return sinkIsFull || state == State.FINISHING;
    }

    /** Whether the content has ended and is being stored. */
    boolean isFinishing() {
        return state == State.FINISHING;
    }

    /** Whether the content is refused already; {@link #end} gives the refusal. */
    boolean isGivenUp() {
        return state == State.GIVEN_UP;
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

    /** The content has ended; {@code flaw} is the refusal if the content is malformed. */
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

    /** Discards the content; the owner gets no result. */
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
            LOG.debug("the event loop has shut down: the session has ended");
        }
    }

    /** The reply to content that cannot be stored. Always 4yz, because the failure is the server's. */
    static Reply refusalFor(MailId id, @Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof InsufficientStorageException) {
            LOG.warn("no room for the content of {}: {}", id, Printable.text(cause));
            return Replies.NO_ROOM;
        }
        LOG.error("content of {} cannot be kept: {}", id, Printable.text(String.valueOf(cause)));
        LOG.debug("content of {} cannot be kept", id, cause);
        return Replies.OUR_FAULT;
    }
}
