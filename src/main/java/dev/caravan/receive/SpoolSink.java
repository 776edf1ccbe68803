package dev.caravan.receive;

import dev.caravan.mail.Content;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.queue.Spool;
import dev.caravan.queue.SpoolWriter;
import dev.caravan.session.ContentSink;
import dev.caravan.session.InsufficientStorageException;
import dev.caravan.store.SpoolRelease;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stores the content of one message in the spool. Small content stays in memory and on the event loop. For larger
 * content a disk thread writes chunk after chunk, and the session stops reading while more than a few chunks wait.
 */
public final class SpoolSink implements ContentSink {
    private static final long STOP_READING_AT = 256 * 1024;
    private static final long GO_ON_AT = 64 * 1024;
    /**
     * Content whose end has waited longer than this for the disk is refused with 452: the disk does not keep up, and
     * the client tries again.
     */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Spool spool;
    private final MemoryLease memory;
    private final MemoryShare network;
    private final SpoolWriter writer;
    private final Executor disk;
    private final Runnable whenWritable;
    private final AtomicLong pending = new AtomicLong();
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);
    private volatile boolean paused;

    /**
     * @param network the memory share that chunks waiting for the disk are charged to.
     * @param disk runs the writes.
     */
    public SpoolSink(Spool spool, MemoryShare network, Executor disk, Runnable whenWritable) {
        this.spool = spool;
        this.memory = spool.lease();
        this.network = network;
        this.writer = spool.newContent(memory);
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
        if (!network.tryTake(octets)) {
            chunk.release();
            throw new InsufficientStorageException("too much of other messages waits for the disk");
        }
        long waiting = pending.addAndGet(octets);
        // When more than half of the share is in use, each content may have only one chunk waiting.
        boolean goOn = waiting < STOP_READING_AT && network.free() > network.limit() / 2;
        // Set before the write is submitted: the write may end and read this before append returns.
        paused = !goOn;
        written = written.thenRunAsync(() -> write(chunk), disk).whenComplete((done, failure) -> {
            chunk.release();
            network.giveBack(octets);
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
        long asked = System.nanoTime();
        return written.thenApplyAsync(
                        nothing -> {
                            if (System.nanoTime() - asked > LONGEST_WAIT_NANOS) {
                                throw new InsufficientStorageException("the disk does not keep up");
                            }
                            return finishWriter();
                        },
                        disk)
                .whenComplete((content, failure) -> {
                    if (failure != null) {
                        // Also runs when an earlier write has failed.
                        writer.abandon();
                        memory.close();
                    }
                });
    }

    private Content finishWriter() {
        try {
            return writer.finish();
        } catch (IOException e) {
            throw new InsufficientStorageException("the spool cannot be written: " + e.getMessage());
        }
    }

    @Override
    public MemoryLease memory() {
        return memory;
    }

    @Override
    public void abandon() {
        memory.close();
        if (needsDisk) {
            written.whenCompleteAsync((done, failure) -> writer.abandon(), disk);
        } else {
            writer.abandon();
        }
    }

    @Override
    public void unclaimed(Content content) {
        memory.close();
        disk.execute(() -> SpoolRelease.release(spool, content));
    }
}
