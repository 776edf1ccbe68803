package dev.caravan.session;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailId;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Keeps content in memory, or fails in the way that was chosen; counts what became of its sinks. */
final class MemorySinks implements ContentSinks {
    enum Mood {
        WELL,
        SLOW,
        FULL_AT_OPEN,
        BROKEN_AT_OPEN,
        FULL_AT_APPEND,
        BROKEN_AT_APPEND,
        FULL_AT_FINISH,
        BROKEN_AT_FINISH
    }

    private final Consumer<Runnable> inItsTime;
    Mood mood = Mood.WELL;
    int opened;
    int finished;
    int abandoned;
    int unclaimed;

    MemorySinks(Consumer<Runnable> inItsTime) {
        this.inItsTime = inItsTime;
    }

    @Override
    public ContentSink open(MailId id, Runnable whenWritable) {
        fail(Mood.FULL_AT_OPEN, Mood.BROKEN_AT_OPEN);
        opened++;
        return new Sink(whenWritable);
    }

    private void fail(Mood full, Mood broken) {
        if (mood == full) {
            throw new InsufficientStorageException("disk full");
        }
        if (mood == broken) {
            throw new IllegalStateException("disk broken");
        }
    }

    private final class Sink implements ContentSink {
        private final Runnable whenWritable;
        private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
        private boolean closed;
        private boolean full;

        Sink(Runnable whenWritable) {
            this.whenWritable = whenWritable;
        }

        @Override
        public boolean append(ByteBuf chunk) {
            byte[] copy = new byte[chunk.readableBytes()];
            chunk.readBytes(copy);
            chunk.release();
            if (closed || full) {
                throw new AssertionError("octets although the sink is " + (closed ? "closed" : "full"));
            }
            fail(Mood.FULL_AT_APPEND, Mood.BROKEN_AT_APPEND);
            octets.writeBytes(copy);
            if (mood == Mood.SLOW) {
                full = true;
                inItsTime.accept(() -> {
                    full = false;
                    whenWritable.run();
                });
            }
            return mood != Mood.SLOW;
        }

        @Override
        public CompletionStage<Content> finish() {
            close();
            finished++;
            CompletableFuture<Content> content = new CompletableFuture<>();
            inItsTime.accept(() -> {
                try {
                    fail(Mood.FULL_AT_FINISH, Mood.BROKEN_AT_FINISH);
                    content.complete(new Content.InMemory(octets.toByteArray()));
                } catch (RuntimeException e) {
                    content.completeExceptionally(e);
                }
            });
            return content.thenApply(kept -> kept);
        }

        @Override
        public void abandon() {
            close();
            abandoned++;
        }

        @Override
        public void unclaimed(Content content) {
            unclaimed++;
        }

        private void close() {
            if (closed) {
                throw new AssertionError("closed twice");
            }
            closed = true;
        }
    }
}
