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
 * Says which of the servers that share a folder may fetch from a place that gives the same to everybody who asks. Ends
 * with its server, however that ends.
 */
public final class FolderLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);

    private final Path file;
    private final Runnable whenOurs;
    private Optional<FileChannel> held = Optional.empty();

    /**
     * @param file made if it does not exist, in a folder that does.
     * @param whenOurs is run when we get what another server may have had until now.
     */
    public FolderLock(Path file, Runnable whenOurs) {
        this.file = file;
        this.whenOurs = whenOurs;
    }

    /**
     * Whether we have it, or get it now.
     *
     * @throws IOException if nobody can say.
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
            LOG.debug("giving up a lock: {}", e.toString());
        }
        held = Optional.empty();
    }
}
