package dev.caravan.camel;

import dev.caravan.mail.Content;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolWriter;
import dev.caravan.session.ContentSink;
import dev.caravan.session.InsufficientStorageException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes the content of one mail from the network into the spool. Small contents stay in memory and never leave the
 * event loop. What needs the disk is written by another thread, chunk after chunk, and the client is not read while
 * more than a few chunks wait.
 */
final class SpoolSink implements ContentSink {
    private static final long STOP_READING_AT = 256 * 1024;
    private static final long GO_ON_AT = 64 * 1024;

    private final Spool spool;
    private final SpoolWriter writer;
    private final Executor disk;
    private final Runnable whenWritable;
    private final AtomicLong pending = new AtomicLong();
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);
    private volatile boolean paused;

    /** @param disk runs what waits for the disk. */
    SpoolSink(Spool spool, Executor disk, Runnable whenWritable) {
        this.spool = spool;
        this.writer = spool.newContent();
        this.disk = disk;
        this.whenWritable = whenWritable;
    }

    private boolean needsDisk;

    @Override
    public boolean append(ByteBuf chunk) {
        if (!needsDisk) {
            if (writer.appendInMemory(chunk.nioBuffer())) {
                chunk.release();
                return true;
            }
            needsDisk = true;
        }
        if (written.isCompletedExceptionally()) {
            chunk.release();
            throw new InsufficientStorageException("the spool cannot be written");
        }
        int octets = chunk.readableBytes();
        long waiting = pending.addAndGet(octets);
        boolean goOn = waiting < STOP_READING_AT;
        // Set before the write is handed over: it may end, and look at this, before we return.
        paused = !goOn;
        written = written.thenRunAsync(() -> write(chunk), disk).whenComplete((done, failure) -> {
            chunk.release();
            if (pending.addAndGet(-octets) <= GO_ON_AT && paused) {
                paused = false;
                whenWritable.run();
            }
        });
        return goOn;
    }

    private void write(ByteBuf chunk) {
        try {
            writer.append(chunk.nioBuffer());
        } catch (IOException e) {
            throw new InsufficientStorageException("the spool cannot be written: " + e.getMessage());
        }
    }

    @Override
    public CompletionStage<Content> finish() {
        if (!needsDisk) {
            return CompletableFuture.completedFuture(finishWriter());
        }
        return written.thenApplyAsync(nothing -> finishWriter(), disk);
    }

    private Content finishWriter() {
        try {
            return writer.finish();
        } catch (IOException e) {
            throw new InsufficientStorageException("the spool cannot be written: " + e.getMessage());
        }
    }

    @Override
    public void abandon() {
        if (needsDisk) {
            written.whenCompleteAsync((done, failure) -> writer.abandon(), disk);
        } else {
            writer.abandon();
        }
    }

    @Override
    public void unclaimed(Content content) {
        disk.execute(() -> SpoolRelease.release(spool, content));
    }
}
