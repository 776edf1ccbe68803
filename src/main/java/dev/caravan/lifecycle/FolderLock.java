package dev.caravan.lifecycle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock among the servers that share a folder: only the server that has it fetches from a mailbox, which would give the
 * same messages to all of them. The operating system releases it however the server ends. Thread-safe.
 */
public final class FolderLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

    private final Path file;
    private final Runnable whenOurs;
    private Optional<FileChannel> held = Optional.empty();

    /**
     * @param file is created if it does not exist; its folder must exist.
     * @param whenOurs runs when this server gets the lock, which another server may have had until now.
     */
    public FolderLock(Path file, Runnable whenOurs) {
        this.file = file;
        this.whenOurs = whenOurs;
    }

    /**
     * Whether this server has the lock, or gets it now.
     *
     * @throws IOException if the file cannot be opened or locked.
     */
    public synchronized boolean isOurs() throws IOException {
        if (held.isPresent()) {
            return true;
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                held = Optional.of(channel);
                whenOurs.run();
                return true;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("another server of this process has {}", file);
        }
        channel.close();
        return false;
    }

    @Override
    public synchronized void close() {
        try {
            if (held.isPresent()) {
                held.get().close();
            }
        } catch (IOException e) {
            LOG.debug("cannot release a lock: {}", e.toString());
        }
        held = Optional.empty();
    }
}
