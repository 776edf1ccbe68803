package dev.caravan.session;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import dev.caravan.smtp.Reply;
import io.netty.buffer.ByteBuf;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content of one mail on its way into a sink. It counts octets, and when the sink fails or the content grows too
 * large it gives the sink up but reads on, so that the refusal comes where the client expects it: behind the end of the
 * content (RFC 5321 §4.2.5).
 */
final class ContentIntake {
    private static final Logger LOG = LoggerFactory.getLogger(ContentIntake.class);

    private final MailId id;
    private final ContentSink sink;
    private final SessionTerms terms;
    private long octets;
    private boolean givenUp;
    private Optional<Reply> refusal = Optional.empty();

    ContentIntake(MailId id, ContentSink sink, SessionTerms terms) {
        this.id = id;
        this.sink = sink;
        this.terms = terms;
    }

    MailId id() {
        return id;
    }

    /** Why the content cannot be taken. */
    Optional<Reply> refusal() {
        return refusal;
    }

    /** Takes a chunk; says whether more may come at once. */
    boolean append(ByteBuf chunk) {
        octets += chunk.readableBytes();
        if (givenUp) {
            chunk.release();
            return true;
        }
        if (octets > terms.limits().mail().octets()) {
            chunk.release();
            giveUp(terms.replies().tooLarge());
            return true;
        }
        try {
            return sink.append(chunk);
        } catch (RuntimeException e) {
            giveUp(refusalFor(id, e));
            return true;
        }
    }

    /** All octets came; completes with the content, or exceptionally, on any thread. */
    CompletionStage<Content> finish() {
        givenUp = true;
        try {
            return sink.finish();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Nobody wants the content. */
    void abandon() {
        if (!givenUp) {
            givenUp = true;
            try {
                sink.abandon();
            } catch (RuntimeException e) {
                LOG.error("content of {} cannot be removed: {}", id, Printable.text(e));
            }
        }
    }

    void unclaimed(Content content) {
        sink.unclaimed(content);
    }

    private void giveUp(Reply reason) {
        refusal = Optional.of(reason);
        abandon();
    }

    /** What the client hears when its content cannot be kept: always to try again, for it is no fault of its own. */
    static Reply refusalFor(MailId id, Throwable failure) {
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
