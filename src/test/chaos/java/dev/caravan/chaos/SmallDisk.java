package dev.caravan.chaos;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A disk of some megabytes in memory, at a folder that must not exist yet, which can be filled and emptied. */
final class SmallDisk implements AutoCloseable {
    private static final int BLOCK = 4096;

    private final Path folder;
    private final Path ballast;

    private SmallDisk(Path folder) {
        this.folder = folder;
        this.ballast = folder.resolve("somebody-elses-file");
    }

    /** Mounts it; the test is skipped where that is not allowed. */
    static SmallDisk mount(Path folder, int mebibytes) throws Exception {
        Assumptions.assumeTrue(new UnixSystem().getUid() == 0, "only root may mount a small disk");
        Files.createDirectories(folder);
        int code = run("mount", "-t", "tmpfs", "-o", "mode=0700,size=" + mebibytes + "m", "tmpfs", folder.toString());
        Assumptions.assumeTrue(code == 0, "no small disk can be mounted here");
        return new SmallDisk(folder);
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(command)).inheritIO().start().waitFor();
    }

    /** Takes all room that is left. */
    void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(ballast)) {
            byte[] block = new byte[BLOCK];
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            // It is full, as it should be; anything else shows at once in what follows.
            if (!String.valueOf(e.getMessage()).contains("space")) {
                throw e;
            }
        }
    }

    /** Gives back what {@link #fill} took. */
    void free() throws IOException {
        Files.deleteIfExists(ballast);
    }

    @Override
    public void close() throws Exception {
        for (int i = 0; run("umount", folder.toString()) != 0; i++) {
            if (i == 20) {
                throw new IOException(folder + " cannot be unmounted");
            }
            // Whoever used it ends at this moment.
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }
}
